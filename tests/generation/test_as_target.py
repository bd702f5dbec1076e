"""An exported model as a target, by the name of its folder."""

from guardrail.redteam.targets import asked, load_target, shown_target

BEFORE = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]


def test_a_folder_is_a_model_and_its_path_is_not_shown(exported):
    target = load_target(str(exported))
    assert asked(target, "hello") == target("hello")
    assert isinstance(asked(target, "more", BEFORE), str)
    assert shown_target(str(exported)) == exported.name
