//! Every bound of the formula language, with its name.

/// The longest source text, in bytes.
pub const SOURCE_BYTES_MAX: usize = 64 * 1024;

/// How deep expressions may nest.
pub const DEPTH_MAX: usize = 64;

/// How deep names may refer to names that refer to names, counted in expression steps.
pub const CHAIN_DEPTH_MAX: usize = 1_024;

/// The most declarations of a product, or of a product together with its instance.
pub const DECLARATIONS_MAX: usize = 2_000;

/// The most attributes.
pub const ATTRIBUTES_MAX: usize = 512;

/// The most rows of a table.
pub const TABLE_ROWS_MAX: usize = 1_000;

/// The most columns of a table.
pub const TABLE_COLUMNS_MAX: usize = 16;

/// The most elementary boxes that the proof of a table may have to look at.
pub const TABLE_BOXES_MAX: usize = 1_000_000;

/// The most evaluation steps of one row of data, proved before a program is accepted.
pub const STEPS_MAX: u64 = 200_000;

/// The longest text value, in bytes.
pub const TEXT_BYTES_MAX: usize = 4 * 1024;

/// The most diagnostics reported for one source.
pub const DIAGNOSTICS_MAX: usize = 100;

/// The most members of a set value.
pub const SET_MEMBERS_MAX: usize = 512;

/// The longest age of evidence or of an attestation, in days.
pub const AGE_DAYS_MAX: u32 = 36_525;

/// The most events of one payment schedule.
pub const SCHEDULE_EVENTS_MAX: usize = 10_000;

/// The most holidays of one calendar.
pub const HOLIDAYS_MAX: usize = 2_000;

/// The most entries of one list of rates.
pub const RATES_MAX: usize = 1_000;

/// The most days, weeks, months or years of one period of a cycle.
pub const CYCLE_UNITS_MAX: u32 = 9_999;

/// How many days without business may follow one another.
pub const BUSINESS_DAY_SEARCH_MAX: u32 = 366;

/// The work of looking for the name that was meant: products of the lengths of names compared.
pub const SUGGESTION_WORK_MAX: usize = 5_000;
