"""The words that dates are written with: months, weekdays, time zones, and what stands between them.

A word is looked up folded(): in lower case and without accents. What means two months in two languages is
in neither: "listopada" is October in Zagreb and November in Warsaw. "Mar" is March and, before a month, a Tuesday.
"""

from __future__ import annotations

import unicodedata


def folded(word: str) -> str:
    """Return a word as it is looked up: "Févr" → "fevr"."""
    if word.isascii():
        return word.lower()
    plain = unicodedata.normalize("NFKD", word.casefold())
    return "".join(char for char in plain if not unicodedata.combining(char))


_MONTHS = (
    "january jan januar januari januara janvier janv enero ene gennaio gen janeiro jänner ianuarie ian gener január "
    "stycznia styczeń sty ledna leden led ocak oca tammikuu tammikuuta января январь янв січня січ януари "
    "ιανουαρίου ιανουάριος ιαν يناير",
    "february feb febr februar februari février févr fév febrero febbraio fevereiro fev februarie febrer február "
    "februára lutego luty lut února únor úno şubat şub helmikuu helmikuuta февраля февраль фев февр лютого лют "
    "февруари φεβρουαρίου φεβρουάριος φεβ فبراير",
    "march mar märz maerz mär mrz mars marzo março maart mrt marts martie març maret március márc marca marzec "
    "března březen bře mart maaliskuu maaliskuuta марта март мар березня бер μαρτίου μάρτιος μαρ μάρ مارس",
    "april apr aprile avril avr abril abr aprilie április ápr apríla kwietnia kwiecień kwi dubna duben dub nisan nis "
    "huhtikuu huhtikuuta апреля апрель апр квітня кві квіт април απριλίου απρίλιος απρ أبريل ابريل",
    "may mai mayo maggio mag maio mei maj maja május máj mája maig května květen kvě mayıs toukokuu toukokuuta "
    "мая май травня трав μαΐου μάιος μαϊ μάι مايو",
    "june jun juni juin junio giugno giu junho iunie iun juny június jún júna czerwca czerwiec cze června červen "
    "haziran haz kesäkuu kesäkuuta июня июнь июн червня черв юни ιουνίου ιούνιος ιουν يونيو",
    "july jul juli juillet juil julio luglio lug julho iulie iul juliol július júl júla lipca lipiec lip července "
    "červenec temmuz tem heinäkuu heinäkuuta июля июль июл липня лип юли ιουλίου ιούλιος ιουλ يوليو",
    "august aug août aoû agosto ago augustus agost augusztus augusta agustus sierpnia sierpień sie srpna srpen "
    "ağustos ağu elokuu elokuuta августа август авг серпня серп αυγούστου αύγουστος αυγ أغسطس",
    "september sep sept septembre septiembre settembre set setembro setembre septembrie szeptember szept septembra "
    "września wrzesień wrz září zář eylül eyl syyskuu syyskuuta сентября сентябрь сен сент вересня вер септември "
    "σεπτεμβρίου σεπτέμβριος σεπ σεπτ سبتمبر",
    "october oct oktober okt octobre octubre ottobre ott outubro out octombrie október októbra października "
    "październik paź října říjen říj ekim eki lokakuu lokakuuta октября октябрь окт жовтня жовт октомври "
    "οκτωβρίου οκτώβριος οκτ أكتوبر",
    "november nov novembre noviembre novembro noiembrie noi novembra lis listopadu kasım kas marraskuu marraskuuta "
    "ноября ноябрь ноя нояб листопада лист ноември νοεμβρίου νοέμβριος νοε νοέ نوفمبر",
    "december dec dezember dez décembre déc diciembre dic dicembre dezembro decembrie desember des desembre decembra "
    "grudnia grudzień gru prosince prosinec pro aralık ara joulukuu joulukuuta декабря декабрь дек грудня груд "
    "декември δεκεμβρίου δεκέμβριος δεκ ديسمبر",
)
_WEEKDAYS = (
    "monday mon montag mo lundi lun lunes lunedì segunda seg maandag ma måndag mån mandag man poniedziałek pon pondělí "
    "po pondelok понедельник пн понеділок pazartesi pzt senin hétfő maanantai maanantaina δευ δευτέρα luni الإثنين "
    "الاثنين",
    "tuesday tue tues dienstag di mardi mar martes martedì terça ter dinsdag tisdag tis tirsdag tir wtorek wt úterý út "
    "utorok вторник вт вівторок salı sal selasa kedd tiistai tiistaina τρι τρίτη marți الثلاثاء",
    "wednesday wed weds mittwoch mi mercredi mer miércoles mié mercoledì quarta qua woensdag wo onsdag ons środa śr "
    "středa st streda среда ср середа çarşamba çar rabu szerda keskiviikko keskiviikkona τετ τετάρτη miercuri الأربعاء",
    "thursday thu thur thurs donnerstag do jeudi jeu jueves jue giovedì gio quinta qui donderdag torsdag tor tors "
    "czwartek czw čtvrtek čt štvrtok четверг чт четвер perşembe per kamis csütörtök torstai torstaina πεμ πέμπτη joi "
    "الخميس",
    "friday fri freitag fr vendredi ven viernes vie venerdì sexta sex vrijdag vr fredag fre piątek pt pátek pá piatok "
    "пятница пт п'ятниця cuma cum jumat péntek perjantai perjantaina παρ παρασκευή vineri الجمعة",
    "saturday sat samstag sonnabend sa samedi sam sábado sáb sabato sab zaterdag za lördag lör lørdag lør sobota sob "
    "суббота сб субота cumartesi cmt sabtu szombat lauantai lauantaina σαβ σάβ σάββατο sâmbătă السبت",
    "sunday sun sonntag dimanche dim domingo dom domenica zondag zo söndag sön søndag søn niedziela niedz nie neděle "
    "nedeľa воскресенье вс неділя нд pazar paz minggu vasárnap sunnuntai sunnuntaina κυρ κυριακή duminică الأحد",
)
MONTHS = {folded(word): number for number, words in enumerate(_MONTHS, 1) for word in words.split()}
WEEKDAYS = {folded(word): number for number, words in enumerate(_WEEKDAYS) for word in words.split()}
HALVES = {"am": 0, "pm": 12}
_FILLERS = (
    "t at of the on de del den der dem le la las los il alle ore à a às um uhr kl klo om o os dne dia feira "
    "г год года в во w roku r h hrs hs hours time year day και στις"
)
FILLERS = frozenset(map(folded, _FILLERS.split()))

# A name that several places use is the one that publishers mean by it most: CST is Chicago's (not Shanghai's), AST
# Halifax' (not Riyadh's), BST London's summer (not Dhaka's), IST India's (not Dublin's or Jerusalem's), GST Dubai's.
ZONES = {
    name.lower(): hours * 60 + (minutes if hours >= 0 else -minutes)
    for hours, minutes, names in (
        (0, 0, "Z GMT UTC UT WET Zulu"),
        (1, 0, "CET MET MEZ WEST BST WAT"),
        (2, 0, "CEST MEST MESZ EET SAST CAT"),
        (3, 0, "EEST MSK EAT TRT IDT AYT"),
        (3, 30, "IRST"),
        (4, 0, "MSD GST SAMT AZT GET AMT MUT"),
        (4, 30, "AFT IRDT"),
        (5, 0, "PKT UZT YEKT TJT TMT MVT"),
        (5, 30, "IST"),
        (5, 45, "NPT"),
        (6, 0, "OMST BTT KGT"),
        (6, 30, "MMT"),
        (7, 0, "ICT WIB NOVT KRAT"),
        (8, 0, "HKT SGT MYT PHT AWST WITA IRKT ULAT"),
        (9, 0, "JST KST WIT YAKT"),
        (9, 30, "ACST"),
        (10, 0, "AEST VLAT CHST PGT"),
        (10, 30, "ACDT"),
        (11, 0, "AEDT MAGT SBT"),
        (12, 0, "NZST PETT FJT"),
        (13, 0, "NZDT TOT"),
        (-2, 30, "NDT"),
        (-2, 0, "BRST UYST"),
        (-3, 0, "BRT ART UYT ADT CLST GFT SRT"),
        (-3, 30, "NST"),
        (-4, 0, "EDT AST CLT VET BOT GYT"),
        (-5, 0, "EST CDT COT PET ECT"),
        (-6, 0, "CST MDT"),
        (-7, 0, "MST PDT"),
        (-8, 0, "PST AKDT"),
        (-9, 0, "AKST HDT"),
        (-10, 0, "HST"),
    )
    for name in names.split()
}
AMERICAN = frozenset({"est", "edt", "cst", "cdt", "mst", "mdt", "pst", "pdt", "akst", "akdt", "hst", "hdt"})
