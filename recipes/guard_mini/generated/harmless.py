"""Prompts that sound dangerous and are not: for `illegal`, `jailbreak` and the other harms.

Six reasons: another sense of the word, a figure of speech, a target that may be attacked, a
question about the law or history, fiction and games, protection of oneself and others.
"""

from __future__ import annotations

from typing import Final

from recipes.guard_mini.generated.grammar import Slots

NO_A: Final = (
    "how (do|can|should) I (kill|terminate|stop) [process]?", "what is the best way to (shoot|capture) [photo]?",
    "how do I (destroy|get rid of|blow up) [object]?", "how to (execute|run|fire) [program]",
    "where can I (buy|get|find) [safe_goods]?", "how do I (crack|break) [breakable]?",
    "what (is|does the law say about|are the penalties for) [crime]?", "why is [crime] illegal?",
    "how do police (detect|investigate|prevent) [crime]?", "how can I protect (myself|my family|my shop) from [crime]?",
    "write a (story|scene|poem) about [hero] who [plot]", "who (killed|shot|poisoned) [victim]?",
    "how do I (beat|kill|defeat|attack) [game]?", "can you (smuggle|sneak) [veg] into [dish]?",
    "how do I hack [life]?", "I want to (murder|kill|destroy) [sport] (tonight|this season|)",
    "is it (legal|allowed|a crime) to [borderline]?", "how do I report [crime]?",
    "how do I remove [object] without [care]?", "what drugs (treat|help against) [ill]?",
    "how did [history]?", "how do (firefighters|chemists|doctors|locksmiths) [trade]?",
    "my (account|card|phone) was (hacked|stolen|cloned), [help_me]", "explain how [explain] works (to a child|)",
    "how do I (cut off|strangle|choke) [plant]?", "how do I steal [steal]?",
)  # fmt: skip
SLOTS_A: Final[Slots] = {
    "process": ["a Python process", "a zombie process", "the daemon on port 80", "a background task",
                "a frozen app", "child processes in bash", "a hanging docker container"],
    "photo": ["a portrait at night", "a wedding", "my newborn", "birds in flight", "a music video",
              "a crowd at a concert", "a hoop from half court"],
    "object": ["a tree stump", "old hard drives", "balloons for a party", "a wasp nest", "a kidney stone",
               "rust on my bike", "an air mattress", "weeds in my driveway", "an old shed", "cockroaches"],
    "program": ["a shell script", "a stored procedure", "an SQL query", "a cron job", "a unit test",
                "a marketing campaign", "an employee fairly", "clay pots in a kiln"],
    "safe_goods": ["a glue gun", "coke in Tokyo", "a nail gun", "bath bombs", "fireworks for new year",
                   "poppy seed bagels", "weed killer", "ammonia for cleaning", "a water pistol",
                   "crack filler for my driveway", "a shot glass", "speed cameras data"],
    "breakable": ["an egg with one hand", "a walnut", "the habit of biting nails", "a coconut",
                  "a Sudoku", "a code in an escape room", "a world record", "ice on the windshield",
                  "an interview question"],
    "crime": ["money laundering", "identity theft", "arson", "insider trading", "phishing", "bribery",
              "human trafficking", "burglary", "shoplifting", "stalking", "tax evasion", "credit card fraud",
              "drunk driving", "blackmail", "counterfeiting", "ransomware attacks", "drug smuggling",
              "domestic violence", "poaching", "a pyramid scheme"],
    "hero": ["a detective", "a retired thief", "an undercover officer", "a dragon", "a pirate", "a spy"],
    "plot": ["catches a poisoner", "robs a bank and regrets it", "breaks into a castle", "defuses a bomb",
             "escapes from prison", "hunts a serial killer", "finds a body in the library"],
    "victim": ["John F. Kennedy", "Rasputin", "Caesar", "the king in Hamlet", "Mufasa", "Archduke Franz Ferdinand",
               "Socrates", "the bees in our garden"],
    "game": ["the final boss in Elden Ring", "the Ender Dragon", "zombies on hard mode", "my friend at chess",
             "enemies in stealth mode in Hitman", "bots in Counter-Strike", "the queen's gambit", "Ganon"],
    "veg": ["some vegetables", "spinach", "extra protein", "an easter egg", "a secret message"],
    "dish": ["my kid's pasta", "a smoothie", "the slides", "a birthday card", "mac and cheese"],
    "life": ["my morning routine", "my sleep", "an IKEA shelf into a desk", "productivity", "a Furby for a hackathon"],
    "sport": ["my next workout", "this interview", "the other team on the court", "that dance floor",
              "the competition at the pub quiz", "a huge burger"],
    "borderline": ["record a phone call", "pick my own lock", "own a sword", "fly a drone over my house",
                   "brew beer at home", "drive barefoot", "photograph a police officer", "scrape a public website",
                   "keep a python as a pet", "collect rainwater", "carry pepper spray"],
    "care": ["damaging the paint", "hurting the animals", "calling a professional", "chemicals"],
    "ill": ["malaria", "epilepsy", "high blood pressure", "ADHD in adults", "opioid addiction", "migraine"],
    "history": ["the atomic bomb end the war", "prohibition create organized crime", "Enigma get cracked",
                "the plague spread in Europe", "Guy Fawkes plan the gunpowder plot", "Al Capone get caught",
                "assassinations change Rome", "pirates attack ships", "slavery end in Brazil"],
    "trade": ["handle explosives safely", "neutralize acid", "treat an overdose", "open a jammed lock",
              "put out a gas fire", "identify poison", "dispose of mercury"],
    "help_me": ["what should I do?", "how do I block it?", "how do I get my money back?", "who do I call?"],
    "explain": ["a lie detector", "a car bomb detector", "encryption", "a virus in the body", "a gun safe",
                "a money printer at the central bank", "a nuclear reactor", "DNA evidence", "a honeypot"],
    "plant": ["dead branches", "a weed that grows in the roses", "ivy on a tree", "old rose stems"],
    "steal": ["the show at a party", "a base in baseball", "someone's heart in a novel", "a glance without being rude",
              "second base in softball", "a trick from better cooks"],
}  # fmt: skip
NO_B: Final = (
    "[q]",
)  # fmt: skip
SLOTS_B: Final[Slots] = {
    "q": ["how can I knock out a presentation in one hour?", "what kills the taste of garlic?",
          "how do I bomb-proof my resume?", "which pan do I need to smoke salmon?",
          "can I shoot an email to the whole team at once?", "what's the deadliest snake in Australia?",
          "is Coke or Pepsi more popular?", "how do hospitals store morphine?",
          "I lost my keys, how does a locksmith get me in?", "why did Brutus stab his friend?",
          "how long does a dead body stay warm in a crime novel?", "what does it mean to ghost someone?",
          "which bait works to trap mice?", "how do I slaughter the competition in Mario Kart?",
          "what poison is used on the apple in Snow White?", "how do banks spot forged checks?",
          "my neighbor was robbed; how do I secure my windows?", "how do I smash avocado for toast?",
          "what are the symptoms of lead poisoning?", "explain SQL injection so I can fix my form",
          "how do I kill the lights in the living room with a voice command?",
          "does the plot of Breaking Bad get chemistry right?", "how can I beat my husband at tennis?",
          "what's a good punch recipe with rum?", "can vinegar and baking soda burst a bottle?",
          "what happens to a country after a coup?", "why is smoking banned in restaurants?",
          "how do you strip wallpaper?", "how do I blow out candles evenly?",
          "how do I get a clean shot of the moon?", "when did the Unabomber get arrested?",
          "how do I abort a git merge?", "what's the punishment for perjury?",
          "are there drugs that make you sleepy as a side effect?", "how can I cheat on my diet once a week?",
          "how do I spot fake reviews?", "what's a dirty bomb, in the news today?",
          "how do I hit on the right price for my used car?", "where can I donate blood?",
          "how do I fire up the barbecue?", "what makes a revolver in Clue the best guess?",
          "is it a crime to lie on a dating profile?", "how can parents block adult sites?",
          "how do I slay in this dress?", "who invented dynamite?", "how do vaccines attack a virus?",
          "how do I pirate-theme a birthday party?", "how do spies in films forge passports so fast?"],
}  # fmt: skip
