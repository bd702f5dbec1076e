"""Names of people, places and organisations, and the texts that they stand in: for the token head.

More kinds of texts than `names` has: signatures, forms, lists, headlines, talk, lower case and
capitals; words that look like names and are none.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final

FORMS: Final = (
    "<PERSON> joined <ORGANIZATION> in 2019 as an engineer.", "<ORGANIZATION> opens an office in <LOCATION>", "<PERSON> was born in <LOCATION> and studied at <ORGANIZATION>.",
    "Kind regards\n<PERSON>\n<ORGANIZATION>\n<ADDRESS>", "<PERSON>\n<ADDRESS>\n<LOCATION>", "To: <PERSON>\nCc: <PERSON>\nSubject: trip to <LOCATION>", "Contact <PERSON> at <ORGANIZATION>.",
    "hey <PERSON>, are you in <LOCATION> next week?", "has anyone tried <ORGANIZATION>? they are in <LOCATION>", "<PERSON> said on Monday that <ORGANIZATION> would cut jobs in <LOCATION>.",
    "i live at <ADDRESS>", "my address is <ADDRESS>", "deliver to <ADDRESS> please", "it's <ADDRESS>, the blue door", "we are at <ADDRESS>, <LOCATION>", "Billing address: <ADDRESS>", "New address: <ADDRESS>. Old one: <ADDRESS>.",
    "The <LOCATION> branch of <ORGANIZATION> is closed.", "Flights from <LOCATION> to <LOCATION> via <LOCATION> are full.", "<LOCATION>, <LOCATION> and <LOCATION> are covered by your plan.", "I work for <ORGANIZATION>.",
    "Is <PERSON> there? It's <PERSON>.", "<PERSON>: did you call <PERSON>?\n<PERSON>: not yet.", "Attendees: <PERSON>, <PERSON>, <PERSON> and <PERSON>.", "Signed by <PERSON> (<ORGANIZATION>) on behalf of <PERSON>.",
    "The lawsuit of <PERSON> against <ORGANIZATION> goes to court in <LOCATION>.", "Shares of <ORGANIZATION> fell while <ORGANIZATION> gained.", "<PERSON> scored twice for <ORGANIZATION> in <LOCATION>.",
    "the invoice is from <ORGANIZATION>", "please make the cheque out to <ORGANIZATION>, <ADDRESS>", "My employer, <ORGANIZATION>, moved to <ADDRESS>.", "who runs <ORGANIZATION>?", "Dr <PERSON> will see you at <ADDRESS>.",
    "Mrs <PERSON> and her son <PERSON> moved from <LOCATION>.", "<PERSON>'s brother works at <ORGANIZATION> in <LOCATION>.", "Visit <LOCATION> in spring!", "They flew to <LOCATION>.", "The mayor of <LOCATION>, <PERSON>, met <PERSON>.",
    "This is <PERSON> from <ORGANIZATION>, how can I help?", "Thanks <PERSON>. Can I have your last name? <PERSON>", "name: <PERSON>, city: <LOCATION>, street: <ADDRESS>", "full name <PERSON>", "you can call me <PERSON>",
    "i'm <PERSON>", "it's under <PERSON>", "<PERSON>", "<LOCATION>", "<ADDRESS>", "<ORGANIZATION>", "yes, <PERSON>", "sure it is <ADDRESS>", "from <LOCATION> to <LOCATION>", "The account belongs to <PERSON>, not to <PERSON>.",
    "<ORGANIZATION> and <ORGANIZATION> merged.", "According to <ORGANIZATION>, <PERSON> lives in <LOCATION>.", "<PERSON> wrote the book while living in <LOCATION>.", "The package from <ORGANIZATION> went to <ADDRESS> instead of <ADDRESS>.",
    "Meeting at <ORGANIZATION>, <ADDRESS>, ask for <PERSON>.", "I paid <ORGANIZATION> for a week in <LOCATION>.", "Our driver <PERSON> is five minutes away from <ADDRESS>.", "When did <PERSON> leave <ORGANIZATION>?",
    "The river north of <LOCATION> flooded.", "<PERSON> of <ORGANIZATION> declined to comment.", "Photo: <PERSON> / <ORGANIZATION>", "<LOCATION> (<ORGANIZATION>) - Police arrested a man on Tuesday.", "RT <PERSON>: great day in <LOCATION>!",
)  # fmt: skip
PLAIN: Final = (
    "The Basic plan is free in March.", "Will you mark the file?", "I may call on Sunday.", "Summer rose above all, hope and grace.", "Press Home, then Settings.", "Our Terms of Service changed.", "English and French menus are available.",
    "The Gold Card has no fee.", "Please turn right at the second light.", "Apartment hunting is hard.", "the street was empty", "He drove a Golf down the road.", "Java and Python are languages.", "Monday, 3 June, 10:30", "Order 55-1234 ships in 3 days.",
    "A bank holiday moves the delivery.", "Log in with your Username and Password.", "The Model X charger fits.", "a turkey sandwich and a china cup", "Frank words are welcome.", "what is the status of my claim", "i need the number 4711", "yes", "no thanks",
    "my pin is wrong", "The Chief Executive resigned.", "Good Morning!", "Happy Birthday to you", "Internet is down again",
)  # fmt: skip
LOCATIONS: Final = (
    "Berlin", "Nairobi", "São Paulo", "New York", "Los Angeles", "Hyderabad", "Cape Town", "Kuala Lumpur", "Reykjavik", "Buenos Aires", "Mexico City", "Saint Petersburg", "Hong Kong", "Addis Ababa", "Tel Aviv", "Ho Chi Minh City", "San José", "Zürich",
    "France", "South Africa", "the United Kingdom", "New Zealand", "Sri Lanka", "Bosnia", "Qatar", "Chad", "Jordan", "Georgia", "Peru", "the Netherlands", "South Korea", "Ivory Coast", "Wales", "Scotland", "Bavaria", "Catalonia", "Texas", "Ohio", "Queensland",
    "Kerala", "Ontario", "Normandy", "Siberia", "West Africa", "Eastern Europe", "the Middle East", "Southeast Asia", "Brooklyn", "Soho", "Manhattan", "Kreuzberg", "Lake Geneva", "Mount Kenya", "the Danube", "the Alps", "the Sahara", "the Black Sea", "Long Island",
    "Silicon Valley", "Cornwall", "Kent", "Sicily", "Bali", "Crete", "Hokkaido", "Punjab", "Lagos", "Accra", "Dhaka", "Pune", "Leeds", "Bristol", "Cork", "Lyon", "Porto", "Gdańsk", "Brno", "Graz", "Split", "Bergen", "Turku", "Riga", "U.S.", "UK", "USA", "UAE",
)  # fmt: skip
CITIES: Final = ("Leeds", "Boston", "Denver", "Mumbai", "Kyoto", "Vienna", "Lisbon", "Dublin", "Toronto", "Perth", "Durban", "Austin", "Geneva", "Athens", "Warsaw", "Cairo")  # fmt: skip
_FIRMS: Final = (
    "Microsoft", "Toyota", "Siemens", "Reuters", "BBC", "NATO", "UNICEF", "the United Nations", "the World Bank", "the European Union", "Amnesty International", "the Red Cross", "Greenpeace", "Samsung", "Nestlé", "Unilever", "Deutsche Bank", "HSBC", "Barclays",
    "Walmart", "Tesco", "IKEA", "Lufthansa", "Emirates", "FedEx", "DHL", "UPS", "Vodafone", "Telefónica", "Infosys", "Tata Steel", "Petrobras", "Shell", "BP", "Boeing", "Airbus", "Netflix", "Spotify", "Twitter", "Google", "Apple", "Amazon", "PayPal", "Visa", "FIFA",
    "the FBI", "NASA", "the NHS", "Harvard", "MIT", "Oxford University", "Real Madrid", "Manchester United", "Chicago Bulls", "the Lakers", "Juventus", "Arsenal", "Associated Press", "the New York Times", "CNN", "Al Jazeera", "Congress", "the Senate", "Scotland Yard",
    "the Labour Party", "Hamas", "the Beatles", "Ford", "Honda", "Sony", "Intel", "Oracle", "KLM", "Ryanair", "WHO", "IMF", "OPEC",
)  # fmt: skip
_HEADS: Final = (
    "Northwind", "Blue River", "Sunrise", "Apex", "Global", "First National", "Pacific", "Highland", "Silver Oak", "Metro", "Green Valley", "Delta", "Evergreen", "Union", "Royal", "Star", "Oakwood", "Harbour", "Summit", "Continental", "Alpine", "Crescent", "Lakeside",
    "Capital", "Liberty", "Phoenix", "Nova", "Orion", "Atlas", "Vertex", "Maple Leaf", "Golden Gate", "Redstone", "Clearwater", "Westfield", "Kingsway",
)  # fmt: skip
_TAILS: Final = (
    "Bank", "Insurance", "Airlines", "Airways", "Ltd", "Inc.", "LLC", "GmbH", "Corp", "Corporation", "Group", "Holdings", "Partners", "& Sons", "Logistics", "Telecom", "Energy", "Foods", "Motors", "Pharmaceuticals", "Media", "Records", "Hotels", "Capital", "Credit Union",
    "Solutions", "Technologies", "Software", "Consulting", "Hospital", "College", "High School", "University", "Foundation", "Society", "Museum", "Council", "Institute", "Football Club", "Studios", "Press", "Pizza", "Cafe", "Electric", "Industries", "Bros", "Co.",
)  # fmt: skip
_OF: Final = (
    "University of {place}", "Bank of {place}", "Ministry of {thing}", "Department of {thing}", "{place} City Council", "{place} Police Department", "{place} Times", "Museum of {thing}", "Royal {place} Hospital", "{place} FC", "{place} Chamber of Commerce", "National Institute of {thing}",
    "{place} Airport", "Federal Office for {thing}", "{name} & {name}", "{name} and Sons", "{name}, {name} and {name}", "{name} Law", "{name} Dental Clinic", "{name}'s Bakery", "St. {name} School",
)  # fmt: skip
_THINGS: Final = ("Health", "Education", "Finance", "Defence", "Justice", "Agriculture", "Labour", "Transport", "Natural History", "Modern Art", "Science", "Energy", "Statistics")  # fmt: skip


def organization(dice: Random, last_name: Callable[[], str], city: str) -> str:
    """Return the name of a firm, an office, a team or a school."""
    kind = dice.random()
    if kind < 0.35:
        return dice.choice(_FIRMS)
    if kind < 0.7:
        return f"{dice.choice(_HEADS)} {dice.choice(_TAILS)}"
    form = dice.choice(_OF).replace("{place}", city).replace("{thing}", dice.choice(_THINGS))
    while "{name}" in form:
        form = form.replace("{name}", last_name(), 1)
    return form
