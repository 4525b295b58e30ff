"""A page's state and its address: what is news, what is an echo, what is written."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from moeviz.config import ConfigError, Knob
from moeviz.ui.shared import page_state
from moeviz.ui.shared.address import Address, of_knob
from moeviz.ui.shared.page_state import ADDRESS_REFUSED, PageState, without_parameters

NUMBER = Knob("number", "int", 3, "Number", "", low=0, high=9)


@dataclass(frozen=True)
class State:
    number: int = 3
    text: str = ""

    def check(self) -> None:
        if self.number > 7:
            raise ConfigError("number", self.number, "at most 7")


TABLE: Address[State] = Address((of_knob("n", "number", NUMBER, 3),), State)


@dataclass
class Browser:
    """What a run of the script hears of the browser, and what it writes to it."""

    address: dict[str, list[str]] = dataclasses.field(default_factory=dict)
    history: bool = False
    fragment: bool = False
    session: Any = dataclasses.field(
        default_factory=lambda: SimpleNamespace(kept={}, acted=0, settled=0, outruns_address=False)
    )
    written: list[dict[str, str]] = dataclasses.field(default_factory=list)

    def go(self, **query: str) -> None:
        self.address = {name: [text] for name, text in query.items()}

    def from_dict(self, query: dict[str, str]) -> None:
        self.written.append(query)
        self.go(**query)


@pytest.fixture
def browser(monkeypatch) -> Browser:
    browser = Browser()
    browser.session.complete_address = lambda _, query: browser.from_dict(query)
    monkeypatch.setattr(page_state, "here", lambda: browser.session)
    monkeypatch.setattr(page_state, "query_asked", lambda: browser.address)
    monkeypatch.setattr(page_state, "fragment_alone", lambda: browser.fragment)
    monkeypatch.setattr(page_state, "went_back_or_forward", lambda: browser.history)
    monkeypatch.setattr(page_state.st, "query_params", browser)
    return browser


@pytest.fixture
def page() -> PageState[State]:
    return PageState("page", TABLE.read, TABLE.write, lambda state: state, State.check)


def test_a_page_opens_with_what_its_address_says_and_a_new_one_is_news(browser, page):
    assert page.before is None
    browser.go(n="5")
    assert page.load() == State(5)
    browser.go(n="6")
    assert page.load() == State(6)
    assert page.before == State(6)


def test_it_counts_how_often_an_address_led_to_the_state(browser, page):
    """A link does, also to a state that is the same; a change of the page's own does not."""
    browser.go(n="5")
    page.load()
    first = page.reads
    page.load()
    page.change(number=6)
    page.write_address()
    page.load()
    assert page.reads == first
    browser.go(n="5")
    page.load()
    browser.go(n="5", text="ignored")
    page.load()
    assert page.reads == first + 2


def test_an_address_without_parameters_is_the_menus_and_keeps_the_state(browser, page):
    browser.go(n="5")
    page.load()
    browser.go()
    assert page.load() == State(5)
    browser.go(n="6")
    page.load()
    browser.go()
    browser.history = True
    assert page.load() == State(5)


def test_an_address_from_before_an_action_is_an_echo_and_one_never_had_is_news(browser, page):
    browser.go(n="5")
    page.load()
    page.change(number=6)
    page.write_address()
    browser.session.outruns_address = True
    browser.go(n="5")
    assert page.load() == State(6)
    browser.history = True
    assert page.load() == State(5)
    browser.history = False
    browser.go(n="2")
    assert page.load() == State(2)


def test_a_notice_about_the_address_goes_with_the_next_change(browser, page):
    browser.go(n="99")
    page.load()
    assert page.has_notices
    page.replace(State(4))  # the page fits the state to its run: no change of the reader's
    assert page.has_notices
    with pytest.raises(ConfigError):
        page.change(number=8)
    assert page.has_notices
    page.change(number=6)
    assert not page.has_notices


def test_a_notice_about_an_address_that_comes_with_a_change_is_shown(browser, page):
    page.load()
    browser.go(n="99")
    page.change(text="news")
    assert page.has_notices


def test_a_widget_that_is_no_part_of_the_state_takes_notices_away_too(browser, monkeypatch):
    monkeypatch.setattr(page_state, "noted", lambda: None)
    page = without_parameters("nothing")
    browser.go(x="1")
    page.load()
    assert page.has_notices
    page.clear_notices()
    assert not page.has_notices


def test_a_fragment_of_its_own_never_navigates(browser, page):
    browser.go(n="5")
    page.load()
    browser.go(n="6")
    browser.fragment = True
    assert page.load() == State(5)


def test_a_change_that_makes_no_sense_changes_nothing(browser, page):
    page.load()
    with pytest.raises(ConfigError, match="number must be at most 7, got 8"):
        page.change(number=8)
    assert page.load() == State()
    page.replace(State(8))
    assert page.load() == State(8)


def test_the_address_is_written_where_it_does_not_say_the_state_already(browser, page):
    page.load()
    page.change(number=5)
    browser.session.acted = 4
    assert page.write_address() == State(5)
    page.write_address()
    assert browser.written == [{"n": "5"}]
    assert browser.session.settled == 4
    page.change(text="in no address")
    page.write_address()
    assert browser.written == [{"n": "5"}]


def test_the_state_that_an_address_leads_to_is_completed(browser):
    page = PageState(
        "page", TABLE.read, TABLE.write, lambda s: dataclasses.replace(s, text="ours"), State.check
    )
    browser.go(n="5")
    assert page.load() == State(5, "ours")


def test_a_parameter_given_often_is_refused_and_the_rest_is_taken(browser, page):
    browser.address = {"n": ["5"]} | {f"{each}": ["1", "2"] for each in range(20)}
    assert page.load() == State(5)
    notices = browser.session.kept["page"].notices[ADDRESS_REFUSED]
    assert len(notices) == 10
    assert notices[0] == "0=1 and 2 was refused: it must be given once. Used instead: its default."


def test_what_else_no_longer_holds_is_noted_under_its_heading_until_the_next_address(browser, page):
    browser.go(n="10", x="1")
    assert page.load() == State()
    page.refuse("It is gone.")
    page.refuse("It is elsewhere.", heading="Your file is not here.")
    notices = browser.session.kept["page"].notices
    assert [len(each) for each in notices.values()] == [3, 1]
    assert notices[ADDRESS_REFUSED][0].startswith("n=10 was refused: it must be a whole number")
    browser.go(n="5")
    page.load()
    assert browser.session.kept["page"].notices == {}


def test_a_page_without_parameters_refuses_all_by_name_and_writes_none(browser):
    nothing = without_parameters("runs")
    browser.go(k="2")
    assert nothing.load() is None
    (notice,) = browser.session.kept["runs"].notices[ADDRESS_REFUSED]
    assert notice == "k=2 was left out: this page has no such parameter."
    nothing.write_address()
    assert browser.written == [{}]
