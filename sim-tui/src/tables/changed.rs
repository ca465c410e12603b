//! What has changed between two readings of the same tables.

use super::table::{Change, Row, Table};

/// The tables with what has become of each row; those that are gone stand where they stood.
pub(super) fn marked(now: Vec<Table>, old: &[Table]) -> Vec<Table> {
    let mut marked = Vec::new();
    for mut table in now {
        let rows = old.iter().find(|own| own.kind == table.kind).map_or(&[][..], |own| &own.rows);
        mark(&mut table, rows);
        marked.push(table);
    }
    marked
}

fn mark(table: &mut Table, old: &[Row]) {
    let columns = table.kind.columns();
    for row in &mut table.rows {
        row.change = match old.iter().find(|own| own.key == row.key) {
            None => Change::New,
            Some(own) if is_same(own, row, columns) => Change::None,
            Some(own) => {
                let cells = own.cells.iter().zip(&row.cells).zip(columns);
                // A time that runs is shown as it is now.
                let was =
                    cells.map(|((was, is), column)| if column.runs { is } else { was }.clone());
                Change::Was(was.collect())
            }
        };
    }
    // Rows that were cut off are not gone.
    if table.left > 0 {
        return;
    }
    for (at, own) in old.iter().enumerate() {
        if table.rows.iter().any(|row| row.key == own.key) {
            continue;
        }
        let above = at.checked_sub(1).map(|at| &old[at].key);
        let place = above.and_then(|key| table.rows.iter().position(|row| row.key == *key));
        let gone = Row { change: Change::Gone, ..own.clone() };
        table.rows.insert(place.map_or(0, |place| place + 1), gone);
    }
}

/// Whether two readings of a row say the same, but for times that run.
fn is_same(one: &Row, other: &Row, columns: &[super::table::Column]) -> bool {
    one.cells
        .iter()
        .zip(&other.cells)
        .zip(columns)
        .all(|((one, other), column)| column.runs || one == other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::table::Kind;

    fn table(rows: &[(&str, &[&str])]) -> Table {
        let row = |(key, cells): &(&str, &[&str])| {
            let cells = cells.iter().map(|own| (*own).to_owned()).collect();
            Row::new((*key).to_owned(), cells, None)
        };
        Table { kind: Kind::Conns, rows: rows.iter().map(row).collect(), left: 0 }
    }

    #[test]
    #[rustfmt::skip]
    fn rows_come_go_and_change_but_not_by_their_clocks() {
        let old = table(&[
            ("a", &["TCP", "00:59", "SYN_RECV"]), ("b", &["TCP", "00:10", "FIN_WAIT"]), ("c", &["TCP", "01:00", "ESTABLISHED"]),
        ]);
        let now = table(&[
            ("a", &["TCP", "01:59", "ESTABLISHED"]), ("c", &["TCP", "00:59", "ESTABLISHED"]), ("d", &["UDP", "05:00", "UDP"]),
        ]);
        let marked = marked(vec![now], &[old]);
        let told: String = marked[0].rows.iter().map(|row| format!("{}{} ", row.sign(), row.key)).collect();
        assert_eq!(told, "~a -b  c +d ");
        let changed: Vec<bool> = (0..3).map(|at| marked[0].rows[0].is_changed(at)).collect();
        assert_eq!(changed, [false, false, true], "the clock has not changed");
    }

    #[test]
    fn rows_that_were_cut_off_are_not_gone() {
        let (old, now) = (table(&[("a", &["TCP"]), ("b", &["TCP"])]), table(&[("a", &["TCP"])]));
        let cut = Table { left: 1, ..now };
        assert_eq!(marked(vec![cut], &[old])[0].rows.len(), 1);
    }
}
