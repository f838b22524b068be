//! Exceptions: which one applies, and that those that apply agree.

use super::{Fault, Frame};
use crate::ir::{Exception, Literal};

impl Frame<'_> {
    /// The first exception that applies, with its value; every other one that applies must give
    /// the same (Catala's rule).
    pub(super) fn exception(
        &mut self,
        exceptions: &[Exception],
    ) -> Result<Option<(usize, Literal)>, Fault> {
        let mut taken: Option<(usize, Literal)> = None;
        for (index, exception) in exceptions.iter().enumerate() {
            if !self.bool(exception.when)? {
                continue;
            }
            let value = self.code(exception.value)?;
            if let (Literal::Number(number), Some(range)) = (value, exception.range)
                && !range.contains(number)
            {
                return Err(Fault::Beyond(exception.place.1));
            }
            match taken {
                None => taken = Some((index, value)),
                Some((_, known)) if known == value => {}
                Some((first, _)) => {
                    let line = exceptions.get(first).map_or(0, |first| first.place.1);
                    return Err(Fault::Conflict(line, exception.place.1));
                }
            }
        }
        Ok(taken)
    }
}
