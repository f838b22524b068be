//! Decision tables.

use super::{Fault, Frame};
use crate::ir::{Cell, Code, Literal, Table};

impl Frame<'_> {
    /// The row that applies. The checker has proved that there is exactly one, so the first
    /// that fits is it.
    pub(super) fn matching_row(&mut self, table: &Table) -> Result<usize, Fault> {
        self.step()?;
        for (index, row) in table.rows.iter().enumerate() {
            if self.applies(&row.cells, &table.columns)? {
                return Ok(index);
            }
        }
        Err(Fault::NoRow)
    }

    fn applies(&mut self, cells: &[Cell], columns: &[Code]) -> Result<bool, Fault> {
        for (cell, column) in cells.iter().zip(columns) {
            if *cell == Cell::Any {
                continue;
            }
            let fits = match (cell, self.code(*column)?) {
                (Cell::Interval(interval), Literal::Number(value)) => interval.contains(value),
                (Cell::Numbers(list), Literal::Number(value)) => list.contains(&value),
                (Cell::Keys(list), Literal::Key(key)) => list.contains(&key),
                (Cell::Booleans(list), Literal::Boolean(value)) => list.contains(&value),
                (_, _) => return Err(Fault::Foreign),
            };
            if !fits {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
