//! Parsers that Forge owns: text in, spanned values out, never an error that stops a run.
pub(crate) mod dockerfile;
pub(crate) mod image_ref;
pub(crate) mod promql;
pub(crate) mod rust;
pub(crate) mod shell;
pub(crate) mod sql;
pub(crate) mod toml;
pub(crate) mod yaml;
