//! Where everything stands, by the size of the screen: six panes, four, or one at a time. WHY is always there.

use ratatui::layout::Rect;

use crate::state::Pane;

/// The smallest screen on which something can be shown.
pub const LEAST: (u16, u16) = (80, 24);

/// The parts of a walkthrough's screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// What is played, and how far.
    pub head: Rect,
    /// The names of the panes, where not all of them are there.
    pub tabs: Option<Rect>,
    /// The panes that are there.
    pub panes: Vec<(Pane, Rect)>,
    /// The way through the steps.
    pub way: Rect,
    /// The keys.
    pub foot: Rect,
}

/// The parts of a screen of this size; none if it is too small.
pub fn parts(size: (u16, u16), pane: Pane, zoom: bool) -> Option<Parts> {
    let (width, height) = size;
    if width < LEAST.0 || height < LEAST.1 {
        return None;
    }
    let row = |y| Rect::new(0, y, width, 1);
    let (head, way, foot) = (row(0), row(height - 2), row(height - 1));
    let body = Rect::new(0, 1, width, height - 3);
    let (tabs, panes) = if !zoom && width >= 120 && height >= 32 {
        (None, six(body))
    } else if !zoom && width >= 100 && height >= 28 {
        let (tabs, body) = (row(1), Rect::new(0, 2, width, height - 4));
        (Some(tabs), four(body, pane))
    } else {
        (Some(row(1)), two(Rect::new(0, 2, width, height - 4), pane))
    };
    Some(Parts { head, tabs, panes, way, foot })
}

/// All panes, in two columns and three rows.
fn six(body: Rect) -> Vec<(Pane, Rect)> {
    let left = body.width * 52 / 100;
    let low = (body.height * 25 / 100).max(8);
    let middle = (body.height * 30 / 100).max(10);
    let rows = [body.height - middle - low, middle, low];
    let mut panes = Vec::new();
    let mut y = body.y;
    let pairs = [(Pane::Map, Pane::Frame), (Pane::Events, Pane::Why), (Pane::Console, Pane::Story)];
    for (height, (one, other)) in rows.into_iter().zip(pairs) {
        panes.push((one, Rect::new(body.x, y, left, height)));
        panes.push((other, Rect::new(body.x + left, y, body.width - left, height)));
        y += height;
    }
    panes
}

/// Four panes; CONSOLE and STORY take the place of EVENTS while they have the focus.
fn four(body: Rect, pane: Pane) -> Vec<(Pane, Rect)> {
    let left = body.width * 52 / 100;
    let top = body.height * 55 / 100;
    let low = match pane {
        Pane::Console | Pane::Story => pane,
        _ => Pane::Events,
    };
    let at = |x, y, width, height| Rect::new(body.x + x, body.y + y, width, height);
    vec![
        (Pane::Map, at(0, 0, left, top)),
        (Pane::Frame, at(left, 0, body.width - left, top)),
        (low, at(0, top, left, body.height - top)),
        (Pane::Why, at(left, top, body.width - left, body.height - top)),
    ]
}

/// One pane, and WHY below it.
fn two(body: Rect, pane: Pane) -> Vec<(Pane, Rect)> {
    if pane == Pane::Why {
        return vec![(Pane::Why, body)];
    }
    let why = (body.height * 40 / 100).clamp(8, 14);
    vec![
        (pane, Rect { height: body.height - why, ..body }),
        (Pane::Why, Rect { y: body.y + body.height - why, height: why, ..body }),
    ]
}

/// The inside of a pane's frame.
pub fn inside(pane: Rect) -> Rect {
    Rect::new(pane.x + 1, pane.y + 1, pane.width.saturating_sub(2), pane.height.saturating_sub(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_panes_fill_the_screen_and_do_not_overlap() {
        for width in LEAST.0..=200 {
            for height in LEAST.1..=60 {
                for pane in Pane::ALL {
                    for zoom in [false, true] {
                        let parts = parts((width, height), pane, zoom).expect("it is large enough");
                        let sum = |rect: Rect| usize::from(rect.width) * usize::from(rect.height);
                        let rows =
                            [Some(parts.head), parts.tabs, Some(parts.way), Some(parts.foot)];
                        let rest: usize = rows.into_iter().flatten().map(sum).sum();
                        let panes: usize = parts.panes.iter().map(|(_, rect)| sum(*rect)).sum();
                        assert_eq!(
                            rest + panes,
                            usize::from(width) * usize::from(height),
                            "{width}x{height} {pane:?}"
                        );
                        let has = |wanted: Pane| parts.panes.iter().any(|(own, _)| *own == wanted);
                        assert!(
                            has(pane) && has(Pane::Why),
                            "{width}x{height} {pane:?}: it and WHY are there"
                        );
                    }
                }
            }
        }
    }
}
