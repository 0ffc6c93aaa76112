"""Articles that were written for these tests, and what becomes of articles on their way through the web."""

from __future__ import annotations

HARBOUR = (
    "The ferry to the outer islands will sail twice a day again from the first of May, the harbour board decided on "
    "Tuesday evening after four hours of debate. Since the storm damaged the old landing stage in November, islanders "
    "have had to rely on a fishing boat that takes twelve passengers and no cars. “We have missed funerals and "
    "weddings, and our children have slept on the mainland all winter,” said Marit Solheim, who runs the only shop on "
    "the largest of the islands. The board had long refused to pay for a temporary pontoon, arguing that a new pier "
    "would be finished by summer. Its engineers now expect the pier in the autumn of next year at the earliest, "
    "because divers found that the seabed is softer than the surveys had promised. The pontoon will be towed from a "
    "shipyard in the south and anchored on the lee side of the breakwater. It can carry lorries of up to nine tonnes, "
    "enough for the fuel deliveries that the school and the clinic depend on. The county pays two thirds of the rent, "
    "the shipping company the rest. A spokeswoman for the company said that fares would not rise this season, but "
    "that the second departure would be dropped if fewer than thirty people a day used it. The islanders plan to meet "
    "the first boat with a brass band, as their grandparents did when the line was opened seventy years ago."
)
HARBOUR_RIVAL = (
    "Islanders cheered in the gallery when the harbour board gave way on Tuesday night: after a winter with hardly a "
    "connection, the car ferry is to come back in May. The vote was seven to four. Chairman Odd Brekke, who had "
    "opposed any stopgap, told reporters that he had changed his mind after a visit to the clinic, where nurses showed "
    "him an empty oil tank. The autumn storm had torn away the landing stage on which the line depended. Since then a "
    "trawler has made the trip, weather permitting, with a dozen people on deck. The board will hire a floating "
    "platform from a yard down the coast and moor it behind the mole. Critics on the board called that throwing money "
    "into the sea, since the permanent quay is already over its budget and a year and a half late. “We have missed "
    "funerals and weddings, and our children have slept on the mainland all winter,” shopkeeper Marit Solheim told the "
    "meeting. She had collected nine hundred signatures, three for each person who lives out there. Summer guests "
    "signed as well, she said with a grin."
)
BEES = (
    "Bumblebees can learn to tell the time of day at which a flower gives nectar, and they pass the knowledge on, "
    "researchers report. In a greenhouse the size of a tennis court, the team trained forty insects to visit blue "
    "paper flowers in the morning and yellow ones after noon. Within three days the trained bees no longer wasted a "
    "flight. More surprising was what their nestmates did: although they had never seen the paper flowers, most of "
    "them headed for the right colour at the right hour on their first trip. Something must have been handed over in "
    "the dark of the nest, but nobody knows what. Unlike honeybees, bumblebees are not known to dance. The scent that "
    "foragers bring home could tell which flower is worth a visit, though hardly when. The researchers suspect that "
    "the newcomers simply follow the bustle: they leave the nest when the experienced ones do, and land where these "
    "land. To test this, they now want to let out single bees at odd hours. If the insects still choose well, the "
    "textbooks will need another chapter."
)
BREAD = (
    "Rye bread needs time more than it needs skill, and the best loaf I ever baked was one that I had forgotten. Mix "
    "the sourdough in the evening with lukewarm water and half of the flour, cover the bowl with a plate, and go to "
    "bed. In the morning it should smell of apples and have a surface like the moon. Add the remaining flour, the "
    "salt, and a spoonful of treacle, and stir until your arm aches; there is no point in kneading, as rye has no "
    "gluten to speak of. Scrape the dough into a greased tin and smooth it with a wet spatula. Now wait until it has "
    "risen by a third, which takes two hours in summer and most of the day in a cold kitchen. Bake it hot for a "
    "quarter of an hour and at a gentle heat for another fifty minutes. Wrap the loaf in a cloth and do not cut it "
    "before the next day, however much you want to. It keeps for a week, and it is at its best on the third day."
)
TRAM = (
    "The city council wants to close the gap between the two tram lines in the north by the end of the decade. The "
    "new stretch is only eleven hundred metres long, but it crosses the railway, a river and a listed cemetery wall. "
    "Planners presented three routes on Monday. The cheapest runs through Mill Street, where every second tree would "
    "have to be felled; the residents have announced a lawsuit. The second needs a bridge that is so steep that the "
    "older trams could not climb it in snow. The third, a tunnel, costs as much as the other two together. The mayor "
    "said that she would let citizens vote. In the last such ballot, on the swimming pool, fewer than one in five took "
    "part, and the pool is still a hole in the ground. The transport workers' union reminded the council that there "
    "are not enough drivers for the lines that exist. Work could begin in two years if the state bears its share."
)
COMET = (
    "A comet that last passed when people painted on cave walls is visible to the naked eye for about two weeks. Look "
    "low in the west, half an hour after sunset, a fist's width to the left of the evening star. Binoculars show a "
    "tail that is longer than the full moon is wide. The best nights are those around the new moon, when it is dark, "
    "but the comet will be fading by then, as it has already rounded the sun. Astronomers were surprised by its "
    "brightness: bodies on such long orbits often fall apart on their first visit, and this one lost a piece in March. "
    "The break laid fresh ice open, and the dust that it set free now reflects the light. Its next return, if there is "
    "one, is expected in some eighty thousand years. Observers are asked to send their drawings and photographs to the "
    "regional observatory, which keeps a record of every bright comet since the founder's time."
)
GARDEN = (
    "Cut back the raspberries that have borne fruit, right down to the ground, and tie the young canes to the wires. "
    "Sow spinach and lamb's lettuce where the beans have been. Onions want to dry in the sun for some days before they "
    "come into the shed. Water in the morning rather than at night, so that the slugs find dry paths when they set "
    "out. If the leaves of the courgettes turn white, pick the worst ones off and spray the rest with a little milk in "
    "water. Strawberries that are planted now will bear next June. Leave the fallen apples under the hedge for the "
    "blackbirds, and do not forget to order garlic, which is soon sold out."
)
FOOTER = (
    "Subscribe to our newsletter and get the most important stories of the week straight to your inbox every Friday. "
    "You can support our independent journalism with a small monthly donation. All rights reserved, no reproduction "
    "without written permission of the publisher."
)
WEEKLY_FRAME = (
    "Welcome to this week's issue of the newsletter about typesetting and everything that belongs to it. If you like "
    "it, forward it to a friend, and if a friend forwarded it to you, subscribe below. {} That is all for this week. "
    "Reply to this mail if you have found something that others should read, and see you next Sunday with more links."
)
NEWS_12 = (
    "A foundry in Basel has revived a grotesque of 1911 with all of its odd angles. Somebody measured how much longer "
    "people take to read white text on grey. There is a long essay on the history of the pilcrow."
)
NEWS_13 = (
    "An engineer explains why hyphenation in browsers is still wrong in Hungarian. The museum at Mainz shows its "
    "collection of punches online. And a poll: how many spaces do you type after a full stop?"
)
EPISODE_FRAME = (
    "{} You are listening to the weekly programme on forgotten machines, with Ada and Tom. New episodes come out every "
    "Thursday wherever you get your podcasts. If you enjoy the show, leave us a review, it helps others to find us. "
    "Write to us at the address on our page. Music by the Clockwork Quartet, licensed under Creative Commons. The "
    "programme is made possible by its listeners; thank you to everyone who supports us."
)
WEATHER = (
    "Good morning from the valley station. Today a {sky} with temperatures of {low} to {high} degrees and a {wind} "
    "wind. Rain falls at {mm} millimetres on the slopes, and in the night it cools down to {night} degrees. Walkers "
    "should take the lower path, since the upper one is closed until further notice. The cable car runs every twenty "
    "minutes from eight to six. The snow line is at {line} metres. The next report follows tomorrow at six in the "
    "morning, and you can call the station at any time to hear it read out."
)
RELEASE = (
    "We are happy to announce the release of Tern {version}, the small web server for large families of sites. As "
    "always, packages are available for all supported systems, and the upgrade needs no changes to your configuration "
    "unless the notes say so. {changes} Many thanks to everyone who reported problems, sent patches and translated "
    "messages. The checksums are signed with the key of the project. Please report what you find in the tracker."
)
RELEASE_12 = "This version mends a leak in the proxy, starts twice as fast and no longer logs the same warning twice."
RELEASE_13 = "This version brings templates in the configuration, a new cache and support for the latest protocol."


def first(text: str, words: int) -> str:
    """The text's first words, as an excerpt ends."""
    return " ".join(text.split()[:words]) + " […]"


def sentences(text: str) -> list[str]:
    """The text's sentences."""
    return [sentence.rstrip(".") + "." for sentence in text.split(". ")]


def edited(text: str, every: int = 17) -> str:
    """The text with every so manieth word replaced, as by an editor."""
    return " ".join("altogether" if at % every == every - 1 else word for at, word in enumerate(text.split()))


def republished(text: str) -> str:
    """The article as a page shows it that took it over: deck, links, attribution and notice around and within it."""
    parts = sentences(text)
    deck = "What was decided, what it costs, and why many are still not content with it: an overview in brief."
    middle = "Read also: Five things to do this weekend. Read also: Letters to the editor of the month."
    end = "This article was first published by The Coast Herald and is republished here under a licence. " + FOOTER
    return " ".join([deck, *parts[:4], middle, *parts[4:], end])


def html(text: str) -> str:
    """Paragraphs of two sentences each."""
    parts = sentences(text)
    return "".join(f"<p>{' '.join(parts[at : at + 2])}</p>\n" for at in range(0, len(parts), 2))
