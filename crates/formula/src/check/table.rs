//! Decision tables: columns, cells and values.

use super::Checker;
use super::proof::{Column, Domain, Proof};
use crate::diagnostic::codes;
use crate::interval::Interval;
use crate::ir::{Cell, Code, Literal, Row, Table, Ty};
use crate::limits::TABLE_COLUMNS_MAX;
use crate::syntax::ast::{self, CellKind, Cells, Expr, ExprKind};

/// A table with its type, what it can become, and its cost and depth.
pub(super) type Checked = (Table, Ty, Interval, (u64, usize));

impl Checker<'_> {
    pub(super) fn table(&mut self, table: &ast::Table) -> Option<Checked> {
        if table.columns.len() > TABLE_COLUMNS_MAX {
            let message = format!("a table has at most {TABLE_COLUMNS_MAX} columns");
            self.sink.error(table.name.span, codes::TOO_MANY, message);
            return None;
        }
        let ty = self.resolve_plain(&table.ty)?;
        let columns: Vec<Option<Column>> =
            table.columns.iter().map(|column| self.column(column)).collect();
        let columns: Vec<Column> = columns.into_iter().collect::<Option<_>>()?;
        let mut rows = Vec::new();
        let mut interval: Option<Interval> = None;
        let (mut cost, mut depth, mut sound) = (1_u64, 0_usize, true);
        for (index, row) in table.rows.iter().enumerate() {
            let last = index.saturating_add(1) == table.rows.len();
            let cells = self.cells(row, &columns, last);
            let value = self.expr(&row.value, Some(ty));
            let fits = value.and_then(|value| self.assign(&value, ty, &row.value));
            let (Some(cells), Some(value), Some(())) = (cells, value, fits) else {
                sound = false;
                continue;
            };
            cost = cost.saturating_add(u64::try_from(columns.len()).unwrap_or(u64::MAX));
            cost = cost.saturating_add(value.cost);
            depth = depth.max(value.depth);
            interval = Some(interval.map_or(value.interval, |known| known.or(value.interval)));
            rows.push(Row { cells, value: value.code });
        }
        if !sound {
            return None;
        }
        let proof = Proof { table, columns: &columns, rows: &rows };
        proof.check(self.sink, &self.ir);
        let depth = columns.iter().map(|column| column.depth).fold(depth, usize::max);
        let columns = columns.iter().map(|column| column.code).collect();
        let range = interval.unwrap_or_default();
        Some((Table { columns, rows }, ty, range, (cost, depth.saturating_add(1))))
    }

    fn column(&mut self, name: &ast::Name) -> Option<Column> {
        let expr = Expr { kind: ExprKind::Name(name.text.clone()), span: name.span, depth: 1 };
        let typed = self.expr(&expr, None)?;
        let domain = match typed.ty {
            Ty::Integer => Domain::Numbers { within: typed.interval, whole: true },
            Ty::Decimal | Ty::Percent | Ty::Money { .. } | Ty::Fx(..) => {
                Domain::Numbers { within: typed.interval, whole: false }
            }
            Ty::Boolean => Domain::Booleans,
            Ty::Codes(list) => {
                Domain::Codes(self.ir.list(list).map_or(0, |(_, codes)| codes.len()))
            }
            Ty::Text | Ty::Date | Ty::Country | Ty::Currency => Domain::Open,
            Ty::Set(_) => {
                let message = "a set cannot be a column".to_owned();
                self.sink.error(name.span, codes::TABLE_SHAPE, message);
                return None;
            }
        };
        Some(Column { ty: typed.ty, code: typed.code, domain, depth: typed.depth })
    }

    fn cells(&mut self, row: &ast::Row, columns: &[Column], last: bool) -> Option<Vec<Cell>> {
        let Cells::Each(cells) = &row.cells else {
            if !last {
                let message = "`otherwise` must be the last row".to_owned();
                self.sink.error(row.span, codes::TABLE_SHAPE, message);
                return None;
            }
            return Some(Vec::new());
        };
        if cells.len() != columns.len() {
            let message =
                format!("the row has {} cells for {} columns", cells.len(), columns.len());
            self.sink.error(row.span, codes::TABLE_SHAPE, message);
            return None;
        }
        let cells: Vec<Option<Cell>> =
            cells.iter().zip(columns).map(|(cell, column)| self.cell(cell, column)).collect();
        cells.into_iter().collect()
    }

    fn cell(&mut self, cell: &ast::Cell, column: &Column) -> Option<Cell> {
        match &cell.kind {
            CellKind::Any => Some(Cell::Any),
            CellKind::Interval(interval) => {
                let Code::Num(_) = column.code else {
                    let ty = self.ir.type_text(column.ty);
                    let message = format!("a column of {ty} has no intervals");
                    self.sink.error(cell.span, codes::TABLE_SHAPE, message);
                    return None;
                };
                let amount = matches!(column.ty, Ty::Money { .. });
                let ends = [interval.low, interval.high];
                if amount && ends.iter().flatten().any(|bound| !bound.value.is_zero()) {
                    self.money_literal(cell.span);
                    return None;
                }
                if let (Some(low), Some(high)) = (interval.low, interval.high)
                    && (low.value > high.value
                        || (low.value == high.value && !(low.closed && high.closed)))
                {
                    let message = format!("the interval {interval} is empty");
                    self.sink.error(cell.span, codes::RANGE, message);
                    return None;
                }
                Some(Cell::Interval(*interval))
            }
            CellKind::OneOf(values) => self.values(values, column),
        }
    }

    fn values(&mut self, values: &[Expr], column: &Column) -> Option<Cell> {
        let ty = column.ty;
        if let (Ty::Money { .. }, Some(value)) = (ty, values.first()) {
            self.money_literal(value.span);
            return None;
        }
        let literals: Vec<Option<Literal>> =
            values.iter().map(|value| self.literal(value, ty)).collect();
        let literals: Vec<Literal> = literals.into_iter().collect::<Option<_>>()?;
        let numbers = literals.iter().filter_map(|literal| match literal {
            Literal::Number(value) => Some(*value),
            Literal::Key(_) | Literal::Boolean(_) | Literal::Set(_) => None,
        });
        let keys = literals.iter().filter_map(|literal| match literal {
            Literal::Key(key) => Some(*key),
            Literal::Number(_) | Literal::Boolean(_) | Literal::Set(_) => None,
        });
        let booleans = literals.iter().filter_map(|literal| match literal {
            Literal::Boolean(value) => Some(*value),
            Literal::Number(_) | Literal::Key(_) | Literal::Set(_) => None,
        });
        Some(match column.code {
            Code::Num(_) => Cell::Numbers(numbers.collect()),
            Code::Key(_) => Cell::Keys(keys.collect()),
            Code::Bool(_) => Cell::Booleans(booleans.collect()),
            Code::Set(_) => return None,
        })
    }
}
