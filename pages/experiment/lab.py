"""Training lab: two models, every knob, and what each change does while they train."""

from moeviz.ui.components.lab_stage import lab_stage
from moeviz.ui.lab.lab_lesson import SOURCES, TEXTS
from moeviz.ui.lab.new_run import new_run_banner
from moeviz.ui.lab.stage_data import stage_data
from moeviz.ui.lab.strip import control_strip, load_lab
from moeviz.ui.shared.lab_session import STAGE, keep_run, load_state, show_notices, write_address
from moeviz.ui.shared.lesson import below_the_picture, lesson, opening
from moeviz.ui.shared.navigation import LAB
from moeviz.ui.shared.page_end import page_end
from moeviz.ui.shared.page_run import may_control, page_run
from moeviz.ui.shared.presets import PRESETS
from moeviz.ui.shared.session import show_refusal

opening(TEXTS.title, TEXTS.idea, in_one_line=True)

status = page_run(load_lab())
state = load_state()
write_address()  # before anything is drawn: Streamlit may end a run of the script early
control_strip(state, watches=status is not None and not may_control(status))
show_notices()
show_refusal()
new_run_banner(state, status)
if status is not None:
    lab_stage(stage_data(status, state), key=STAGE, on_kept=keep_run)


def below() -> None:
    """What stands below the stage."""
    lesson(LAB, TEXTS, SOURCES, experiments=PRESETS, live=True, metrics=True)
    page_end(LAB, status.config if status else None)


below_the_picture(below)
