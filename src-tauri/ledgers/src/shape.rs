//! Whether a service still sends what it used to: the fields of its replies, not their values.
//!
//! A source may say with each run which fields its whole reply had ([`shape_of`]). The first shape is learned; another one
//! means that a field was renamed or left out, and what came with it is set aside instead of stored, until a person accepts
//! the new shape ([`ShapeGuard::forget`]). A shape that comes back is good again by itself. The guard is made of what was
//! stored, so that a restart accepts nothing. Deliberately absent: what to do with a batch set aside.

use crate::feed::Fingerprint;

/// The shape of a reply: the names of the fields it had, each once, in whatever order they came.
#[must_use]
pub fn shape_of<'a>(fields: impl IntoIterator<Item = &'a str>) -> Fingerprint {
    let mut fields: Vec<&str> = fields.into_iter().collect();
    fields.sort_unstable();
    fields.dedup();
    Fingerprint::of(fields)
}

/// How a reply's shape stands to the one known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// The first one: it is the measure from now on.
    Learned(Fingerprint),
    /// As before, or the source does not tell.
    Same,
    /// Another one: the batch is not to be stored.
    Changed {
        /// The one known.
        known: Fingerprint,
        /// The one that came.
        found: Fingerprint,
    },
}

/// Compares each reply's shape with the one known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ShapeGuard {
    known: Option<Fingerprint>,
}

impl ShapeGuard {
    /// Goes on from what was stored; nothing stored is a guard that learns.
    #[must_use]
    pub const fn resume(known: Option<Fingerprint>) -> Self {
        Self { known }
    }

    /// What is stored to go on from.
    #[must_use]
    pub const fn known(&self) -> Option<Fingerprint> {
        self.known
    }

    /// Judges the shape of a reply that had at least one item; an empty reply tells nothing.
    pub fn judge(&mut self, shape: Option<Fingerprint>) -> Shape {
        match (self.known, shape) {
            (_, None) => Shape::Same,
            (None, Some(found)) => {
                self.known = Some(found);
                Shape::Learned(found)
            }
            (Some(known), Some(found)) if known == found => Shape::Same,
            (Some(known), Some(found)) => Shape::Changed { known, found },
        }
    }

    /// Accepts whatever comes next as the new measure.
    pub const fn forget(&mut self) {
        self.known = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renamed_field_changes_the_shape_and_an_order_or_a_repetition_does_not() {
        let shape = shape_of(["title", "link", "pubDate"]);
        assert_eq!(shape_of(["pubDate", "title", "link", "title"]), shape);
        assert_ne!(shape_of(["title", "link", "published"]), shape);
        assert_ne!(shape_of(["title", "link"]), shape);
    }

    #[test]
    fn a_changed_shape_stays_refused_until_it_is_accepted() {
        let (old, new) = (shape_of(["bid", "ask"]), shape_of(["buy", "sell"]));
        let mut guard = ShapeGuard::default();
        assert_eq!(guard.judge(Some(old)), Shape::Learned(old));
        assert_eq!(guard.judge(Some(new)), Shape::Changed { known: old, found: new });
        assert_eq!(guard.judge(Some(new)), Shape::Changed { known: old, found: new }, "repeating it proves nothing");
        guard.forget();
        assert_eq!(guard.judge(Some(new)), Shape::Learned(new));
        assert_eq!(guard.judge(Some(old)), Shape::Changed { known: new, found: old });
    }

    #[test]
    fn a_restart_accepts_nothing() {
        let mut guard = ShapeGuard::default();
        guard.judge(Some(shape_of(["bid"])));
        let stored = guard.known().map(|shape| Fingerprint::from_bytes(shape.bytes()));
        let mut guard = ShapeGuard::resume(stored);
        assert!(matches!(guard.judge(Some(shape_of(["buy"]))), Shape::Changed { .. }));
        assert_eq!(guard.judge(Some(shape_of(["bid"]))), Shape::Same);
    }

    #[test]
    fn a_source_that_tells_no_shape_is_never_refused() {
        let mut guard = ShapeGuard::default();
        assert_eq!(guard.judge(None), Shape::Same);
        guard.judge(Some(shape_of(["bid"])));
        assert_eq!(guard.judge(None), Shape::Same);
    }
}
