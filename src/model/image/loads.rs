//! Whether an image can load the program that another stage built for it.

use super::Image;
use super::built::Linked;
use crate::knowledge::bases::{Glibc, Libc, breaks_between};

/// Whether a program starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Loads {
    Yes(String),
    /// Why not. It is certain unless no program of Rust is known to take what is missing.
    No {
        why: String,
        is_certain: bool,
    },
    Unclear(String),
}

impl Image {
    /// Whether it has what a program that was linked like this loads when it starts.
    pub(crate) fn loads(&self, linked: Linked) -> Loads {
        let base = self.content.base_name();
        let no = |why: String| Loads::No { why, is_certain: true };
        match (linked, self.content.libc()) {
            (Linked::Static, _) => Loads::Yes("the program holds all that it needs".into()),
            (Linked::Same, _) => Loads::Yes(format!("`{base}` is what the program is built on as well")),
            (_, Err(why)) => Loads::Unclear(why),
            (Linked::Musl, Ok(Libc::Musl)) => {
                Loads::Yes(format!("`{base}` has musl, which the program loads"))
            }
            (Linked::Musl, Ok(_)) => {
                no(format!("the program loads musl when it starts, and `{base}` has none"))
            }
            (Linked::Glibc(_), Ok(Libc::Musl)) => {
                no(format!("the program is linked with glibc, and `{base}` has musl in its place"))
            }
            (Linked::Glibc(_), Ok(Libc::None)) => {
                no(format!("the program is linked with glibc, and `{base}` has no C library"))
            }
            (Linked::Glibc(_), Ok(Libc::Glibc(_))) if self.content.lacks_libgcc() => {
                no(format!("the program loads `libgcc_s.so.1` when it starts, and `{base}` has none"))
            }
            (Linked::Glibc(needs), Ok(Libc::Glibc(has))) => compare(needs, has, &base),
        }
    }
}

fn compare(needs: Glibc, has: Glibc, base: &str) -> Loads {
    let told = |glibc: Glibc| {
        let (major, minor) = glibc.version;
        format!("glibc {major}.{minor}{}", if glibc.or_newer { " or newer" } else { "" })
    };
    if needs.version <= has.version {
        return Loads::Yes(format!(
            "`{base}` has {}, and the program is linked with {}",
            told(has),
            told(needs)
        ));
    }
    if has.or_newer {
        let why =
            format!("`{base}` moves: it has {}, and the program is linked with {}", told(has), told(needs));
        return Loads::Unclear(why);
    }
    Loads::No {
        why: format!("the program is linked with {}, and `{base}` has {}", told(needs), told(has)),
        is_certain: breaks_between(has.version, needs.version),
    }
}
