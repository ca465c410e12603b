//! A question opens, is answered, skipped, or read once more.

use sim_core::{Text, text};

use crate::action::Action;
use crate::question::Question;
use crate::state::{State, Walk};

/// Where the walk has come to a question, it opens; whether it did.
pub(super) fn come(walk: &mut Walk) -> bool {
    let Some(number) = walk.unasked_here() else { return false };
    walk.playing = false;
    walk.question = Some(Question::new(number));
    true
}

/// The last question once more. What follows it was seen where the walk is farther: then it tells its answer.
pub(super) fn reread(walk: &mut Walk) -> Option<Text> {
    let Some(number) = walk.last_question() else {
        return Some(match walk.questions.is_empty() {
            true => text!("this story asks nothing", "这个故事没有问题"),
            false => text!("nothing was asked until here", "到这里还没有问题"),
        });
    };
    walk.playing = false;
    let given = walk.asked.get(&number).copied().flatten();
    let is_late = walk.questions[number].0 < walk.step;
    walk.question = Some(Question { given, is_late, ..Question::new(number) });
    None
}

/// Does something while a question is open.
pub(super) fn act(state: &mut State, wanted: Action) {
    let Some(walk) = &mut state.walk else { return };
    let Some((own, asked)) = walk.open_question() else { return };
    let (number, is_told, selected) = (own.number, own.is_told(), own.selected);
    let (last, right) = (asked.options.len().saturating_sub(1), asked.answer);
    let mut select = |place: usize| {
        if let Some(own) = walk.question.as_mut().filter(|_| !is_told) {
            own.selected = Some(place.min(last));
        }
    };
    match wanted {
        Action::Up => select(selected.map_or(last, |at| at.saturating_sub(1))),
        Action::Down => select(selected.map_or(0, |at| at + 1)),
        Action::Choose(option) if usize::from(option) <= last + 1 && option > 0 => {
            let place = usize::from(option) - 1;
            // A second click on it, or its number once more, is the answer.
            match selected == Some(place) && !is_told {
                true => answer(state, number, place, right),
                false => select(place),
            }
        }
        Action::Answer if !is_told => {
            if let Some(place) = selected {
                answer(state, number, place, right);
            }
        }
        Action::Answer | Action::Close => {
            let given = walk.question.take().and_then(|own| own.given);
            walk.asked.entry(number).or_insert(given);
        }
        _ => {}
    }
}

fn answer(state: &mut State, number: usize, option: usize, right: usize) {
    let Some(walk) = &mut state.walk else { return };
    walk.asked.insert(number, Some(option));
    if let Some(own) = &mut walk.question {
        own.given = Some(option);
    }
    state.progress.answered(&walk.name, number + 1, option + 1, option == right);
}
