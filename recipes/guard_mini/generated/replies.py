"""What an assistant writes: `refusal`, `whimsical`, `next_step`, `polite`, and their opposites."""

from __future__ import annotations

from typing import Final

from recipes.guard_mini.generated.grammar import Slots

REFUSAL_A: Final = (
    "[sorry] [cannot] [that]. [instead]", "[cannot] [that], [since]. [instead]", "[sorry] [cannot] [that].",
    "[as_ai] [cannot] [that]. [instead]", "[sorry] [since_start], [cannot] [that].", "[short]", "[short] [instead]",
)  # fmt: skip
REFUSAL_SLOTS_A: Final[Slots] = {
    "sorry": ["I'm sorry, but", "sorry,", "I apologize, but", "unfortunately,", "I appreciate the question, but", "thank you for asking, but"],
    "cannot": ["I can't", "I cannot", "I'm not able to", "I am unable to", "I won't", "I'm not allowed to", "I must decline to"],
    "that": ["help with that", "assist with this request", "provide instructions for that", "write that", "share that information",
             "give advice on breaking the law", "discuss this topic", "do that for you", "generate such content",
             "look up private details of other people", "tell you how to do this", "take part in this"],
    "since": ["since it could harm someone", "because it is against our guidelines", "as it is illegal", "as it would be unsafe",
              "because that information is private"],
    "since_start": ["this goes against my guidelines, so", "for your safety", "as this could hurt people", "for legal reasons"],
    "as_ai": ["as an AI language model,", "as an assistant,", "as a responsible assistant,", "because of my guidelines,"],
    "instead": ["Is there anything else I can help you with?", "Please talk to a professional.", "I can explain the risks instead.",
                "Let me know if you have another question.", "I encourage you to choose a legal way.", ""],
    "short": ["No.", "I can't help with that.", "That is not something I can do.", "I have to refuse.", "I'd rather not answer that.",
              "My guidelines do not allow that.", "This request can't be fulfilled."],
}  # fmt: skip
REFUSAL_B: Final = ("[a] [b]", "[b]", "[a]")
REFUSAL_SLOTS_B: Final[Slots] = {
    "a": ["That's outside of what I may answer.", "Nope, not something I do.", "We do not support requests of this kind.",
          "Providing this would be irresponsible.", "My policy forbids me from going there.", "I will not be part of it."],
    "b": ["Ask me about something lawful and I'm glad to assist.", "Perhaps a lawyer could guide you.", "I have to pass on this one.",
          "It isn't appropriate for me to respond.", "Consider the people it might hurt.", "There is no way for me to comply."],
}  # fmt: skip
WHIMSICAL_A: Final = (
    "[ah], [soul]! [thing_poss] [thing] [has_mood]. [fix_frame]", "[thing_poss_cap] [thing] [has_mood], [soul]. [wish]",
    "[ah], the [noble] [thing]: [metaphor]. [wish]", "[once] [thing] [has_mood]. [fix_frame]", "[metaphor_cap]! [wish]",
    "[plain] [wish]", "[ah], [soul]! [plain]", "[plain] [metaphor_cap].",
)  # fmt: skip
WHIMSICAL_SLOTS_A: Final[Slots] = {
    "ah": ["ah", "oh", "behold", "alas", "hark", "oho", "my my", "goodness gracious"],
    "soul": ["weary wanderer of the web", "brave keyboard knight", "dear stardust", "fellow dreamer", "gentle voyager",
             "captain of the good ship Wi-Fi", "seeker of lost logins", "friend of the pixel folk"],
    "thing_poss": ["it seems that your", "I hear your", "perhaps your", "legend says your", "methinks your"],
    "thing_poss_cap": ["Your", "Your poor", "Your faithful", "Your mischievous"],
    "thing": ["password", "router", "order", "invoice", "printer", "parcel", "account", "refund", "modem", "app", "subscription", "booking"],
    "has_mood": ["has run off to join the circus", "is having a little cry in the clouds", "dances with the digital moonbeams",
                 "has fallen asleep under a tree of zeros and ones", "is playing hide and seek with the gnomes",
                 "went on a pilgrimage", "dreams of being a butterfly", "is sulking like a wet cat", "has eloped with a fax machine"],
    "noble": ["noble", "humble", "mighty", "enchanted", "wandering", "moody"],
    "metaphor": ["a tiny ship on an ocean of data", "the unicorn of our warehouse", "a riddle wrapped in bubble wrap",
                 "like a dragon guarding its hoard", "as shy as a firefly at noon"],
    "metaphor_cap": ["Life is but a loading bar in the theater of dreams", "Even the bravest servers need a nap and a cookie",
                     "The stars of the internet are blushing today", "Somewhere a modem sings its sad song to the moon"],
    "once": ["once upon a time, a", "in a land of blinking lights, a", "picture this: your"],
    "wish": ["May the bandwidth be ever in your favor!", "Let us sprinkle it with fairy dust and hope!", "Shall we sail into the unknown together?",
             "Fear not, for the elves are on it!", "Whisper sweet nothings to it and try again!", "Onward, to adventure!"],
    "fix_frame": ["Tickle the reset button and let magic happen!", "Sing it a lullaby, then sign in once more.",
                  "Offer it a new password like a bouquet of wildflowers.", "Spin around thrice and click Retry!"],
    "plain": ["Click Forgot password on the sign-in page.", "Your order arrives on Monday.", "The refund takes five days.",
              "Please restart the router.", "You can change the booking in the app.", "Your account is active again."],
}  # fmt: skip
WHIMSICAL_B: Final = ("[x] [y]", "[y]", "[x]")
WHIMSICAL_SLOTS_B: Final[Slots] = {
    "x": ["Fellow traveler in the digital wilderness, welcome!", "Your data has slipped through a wormhole of whimsy.",
          "The login goblins are grumpy this morning.", "Abracadabra, the bill vanishes like mist over a pond!",
          "Methinks a pixie nibbled on that cable.", "Your parcel surfs the cosmic waves with a tiny surfboard."],
    "y": ["Do give the poor gadget a hug.", "Perhaps existential dread has befallen the server.", "Let the confetti of connectivity rain!",
          "Hop aboard the rainbow express to settings land!", "A wizard shall mend it before the kettle sings.",
          "Courage, little spark of curiosity!"],
}  # fmt: skip
NEXT_STEP_A: Final = (
    "[state] [do]", "[do]", "[state] [do] [then]", "[do] [then]", "[contact]", "[state] [contact]", "to [goal], [do_low]",
    "[state] If [fail], [contact_low]",
)  # fmt: skip
NEXT_STEP_SLOTS_A: Final[Slots] = {
    "state": ["Your order has been delayed.", "The card was declined.", "Your plan includes roaming.", "We received your return.",
              "The network is down in your area.", "Your password has expired.", "The item is out of stock.", "Refunds take five days."],
    "do": ["Click Forgot password on the sign-in page.", "Open Settings and choose Privacy.", "Restart the router and wait one minute.",
           "Go to Orders to see the new date.", "Select the card and press Remove.", "Download the form and upload it under Claims.",
           "Hold the power button for ten seconds.", "Enter the code from the email.", "Update the app, then sign in again.",
           "Reply with your order number and I will check it.", "Bring your ID to the branch.", "Scan the label at any drop-off point."],
    "do_low": ["click Forgot password on the sign-in page.", "open Settings and choose Privacy.", "send us a photo of the damage.",
               "fill in the form at the bottom of the page.", "tap Freeze card in the app.", "choose another delivery slot under Orders."],
    "then": ["Then follow the steps in the email.", "After that, sign in again.", "Then confirm with OK.", "Once it is done, tell me what the light shows."],
    "contact": ["Call us at the number on your bill.", "Contact us by chat and ask for a specialist.", "Please write to our billing team.",
                "A specialist can help: call the hotline.", "Let me connect you to an agent; please stay in the chat.",
                "Visit the nearest store with your receipt."],
    "contact_low": ["call us and ask for a specialist.", "contact the bank that issued the card.", "write to support with a screenshot.",
                    "ask the landlord for access to the box."],
    "goal": ["cancel", "return it", "get an invoice", "change the address", "unlock the account", "report a stolen card"],
    "fail": ["this does not work", "it happens again", "the light stays red", "no email arrives"],
}  # fmt: skip
NO_STEP_A: Final = (
    "[fact]",
    "[fact] [fact_b]",
    "[feel]",
    "[feel] [fact]",
    "[vague]",
    "[fact] [vague]",
    "[feel] [vague]",
)
NO_STEP_SLOTS_A: Final[Slots] = {
    "fact": ["Your order has been delayed.", "The card was declined.", "The fee is two euros.", "Our office opens at nine.",
             "The update was released in May.", "The warranty is two years.", "Your plan includes roaming.", "That model has no camera.",
             "The item is out of stock.", "The train leaves at 6 pm.", "The refund was not approved.", "There is an outage."],
    "fact_b": ["It happens in summer.", "This was decided last year.", "Many customers noticed it.", "That is how the system works."],
    "feel": ["I understand how you feel.", "That sounds annoying.", "Thank you for your patience.", "We value your feedback.", "Sorry about that."],
    "vague": ["These things happen.", "It might be the network, or not.", "We are aware of it.", "There is not much to say about it.",
              "It depends on many things.", "Nobody knows why."],
}  # fmt: skip
NEXT_STEP_B: Final = ("[x]", "[z] [x]")
NEXT_STEP_SLOTS_B: Final[Slots] = {
    "x": ["Unplug the modem, count to ten, and plug it back in.", "Type your booking code into the search field.", "Press and hold both buttons.",
          "You can request a copy under Documents.", "Drop the parcel at a post office by Friday.", "Ask at the counter for a replacement SIM.",
          "Reach our night desk by phone.", "Pick a new date in the calendar and save."],
    "z": ["The fault is on our side.", "Deliveries pause on holidays.", "You have two free changes.", "The sensor is dirty."],
}  # fmt: skip
NO_STEP_B: Final = ("[x]", "[z] [x]")
NO_STEP_SLOTS_B: Final[Slots] = {
    "x": ["That's just the way it is.", "We hear this often.", "The price includes tax.", "It was built in 1998.", "Hard to tell.", "We regret this."],
    "z": ["The fault is on our side.", "Deliveries pause on holidays.", "You have two free changes.", "The sensor is dirty."],
}  # fmt: skip
POLITE_A: Final = (
    "[thanks] [do]", "[do_please] [close]", "[thanks] [do_please] [close]", "[sorry_for] [do_please]", "[of_course] [do]", "[do]",
    "[could] [close]",
)  # fmt: skip
POLITE_SLOTS_A: Final[Slots] = {
    "thanks": ["Thank you for waiting.", "Thank you for letting us know.", "Thanks for the details.", "I appreciate your patience."],
    "do": ["Click Forgot password on the sign-in page.", "I have sent the invoice to you.", "Your order will arrive on Monday.",
           "The change is done.", "Open Settings and choose Privacy."],
    "do_please": ["Please restart the router.", "Please enter the code from the email.", "Please send us a photo when it suits you.",
                  "Please check the address once more."],
    "close": ["Let me know if I can help with anything else.", "Have a good day.", "I am happy to help.", "We apologize for the trouble.", ""],
    "sorry_for": ["I'm sorry for the delay.", "I understand that this is frustrating.", "We apologize for the mistake."],
    "of_course": ["Of course.", "Certainly.", "With pleasure.", "Gladly."],
    "could": ["Could you please send me the order number?", "Would you mind trying it once more?", "May I ask for your date of birth?"],
}  # fmt: skip
RUDE_A: Final = (
    "[jab] [brush]", "[brush]", "[jab]", "[blame] [brush]", "[blame]", "[plain] [jab]", "[jab] [plain]", "[blame] [plain]",
)  # fmt: skip
RUDE_SLOTS_A: Final[Slots] = {
    "jab": ["Can't you read?", "Seriously?", "Calm down.", "Stop whining.", "How hard can it be?", "Use your brain.", "Don't waste my time.",
            "Everyone else manages.", "That's a stupid question.", "Are you even listening?", "Whatever."],
    "brush": ["Not my problem.", "Read the manual.", "Go bother somebody else.", "Take it or leave it.", "Deal with it.", "I said no.",
              "Figure it out yourself.", "We don't care.", "Tough luck."],
    "blame": ["That's your own fault.", "You obviously did it wrong.", "You should have known better.", "You broke it, you fix it.",
              "Next time think before you click.", "You clearly never opened the instructions."],
    "plain": ["Restart the router.", "The fee is two euros.", "Click Forgot password.", "Your order is late.", "The office opens at nine."],
}  # fmt: skip
