//! What does a batch change in the rows of the derived database?

use std::collections::HashMap;

use uuid::Uuid;

use super::super::rows::{
    ASIDE, CURSORS, Change, ChangeKind, Cursor, ENTRIES, Meta, POINTERS, Pointer, SetAside,
    Standing, fingerprint, fitting, key_of_change, key_of_entry, key_of_feed, key_of_uuid,
};
use super::DbError;

/// Several changes that become visible together, with the cursor that they lead to.
#[derive(Debug, Default)]
pub struct Batch {
    deeds: Vec<Deed>,
}

#[derive(Debug)]
enum Deed {
    Put {
        uuid: Uuid,
        pointer: Pointer,
        seen: bool,
    },
    Remove {
        uuid: Uuid,
        day: u32,
    },
    SetAside(SetAside),
    Cursor(u32, Cursor),
}

impl Batch {
    /// Points a listing to its living entry, and tells those who ask for changes.
    pub fn put(&mut self, uuid: Uuid, pointer: Pointer) {
        self.deeds.push(Deed::Put {
            uuid,
            pointer,
            seen: true,
        });
    }

    /// As `put`, for an entry that says nothing new (a carry): no change is told.
    pub fn move_to(&mut self, uuid: Uuid, pointer: Pointer) {
        self.deeds.push(Deed::Put {
            uuid,
            pointer,
            seen: false,
        });
    }

    /// Takes a listing out of the view. Nothing happens if it is not in it.
    pub fn remove(&mut self, uuid: Uuid, day: u32) {
        self.deeds.push(Deed::Remove { uuid, day });
    }

    /// Notes that an entry is not shown, and why.
    pub fn set_aside(&mut self, set_aside: SetAside) {
        self.deeds.push(Deed::SetAside(set_aside));
    }

    /// Notes how far a feed is applied once this batch is.
    pub fn cursor(&mut self, feed: u32, cursor: Cursor) {
        self.deeds.push(Deed::Cursor(feed, cursor));
    }

    /// How many deeds there are.
    pub fn len(&self) -> usize {
        self.deeds.len()
    }

    /// Whether there is nothing to apply.
    pub fn is_empty(&self) -> bool {
        self.deeds.is_empty()
    }

    /// Does the deeds in their order.
    pub(super) fn apply(&self, rows: &mut Rows, meta: &mut Meta) -> Result<(), DbError> {
        for deed in &self.deeds {
            match deed {
                Deed::Put {
                    uuid,
                    pointer,
                    seen,
                } => {
                    meta.next_ordinal = meta.next_ordinal.max(pointer.ordinal + 1);
                    rows.follow(meta, *uuid, Some(pointer), *seen, pointer.day)?;
                }
                Deed::Remove { uuid, day } => {
                    rows.follow(meta, *uuid, None, true, *day)?;
                }
                Deed::SetAside(SetAside {
                    feed,
                    index,
                    reason,
                }) => {
                    let key = key_of_entry(ASIDE, *feed, *index);
                    rows.set(key, fitting(reason).as_bytes().to_vec())?;
                }
                Deed::Cursor(feed, cursor) => {
                    rows.set(key_of_feed(CURSORS, *feed), cursor.to_bytes())?;
                }
            }
        }
        Ok(())
    }
}

/// The rows as they will be once the batch is applied.
pub(super) struct Rows<'a> {
    read: Read<'a>,
    changed: HashMap<Vec<u8>, Touched>,
}

/// How a row is read as it is now.
type Read<'a> = &'a dyn Fn(&[u8]) -> Result<Option<Vec<u8>>, DbError>;

/// What a row was, and what it will be.
struct Touched {
    was: Option<Vec<u8>>,
    will_be: Option<Vec<u8>>,
}

impl<'a> Rows<'a> {
    pub(super) fn new(read: Read<'a>) -> Rows<'a> {
        Rows {
            read,
            changed: HashMap::new(),
        }
    }

    /// The row as it will be. What is read once is not read again.
    pub(super) fn get(&mut self, key: &[u8]) -> Result<Option<Vec<u8>>, DbError> {
        if let Some(touched) = self.changed.get(key) {
            return Ok(touched.will_be.clone());
        }
        let was = (self.read)(key)?;
        let will_be = was.clone();
        self.changed.insert(key.to_vec(), Touched { was, will_be });
        Ok((self.changed[key]).will_be.clone())
    }

    fn put(&mut self, key: Vec<u8>, will_be: Option<Vec<u8>>) -> Result<(), DbError> {
        let was = match self.changed.remove(&key) {
            Some(touched) => touched.was,
            None => (self.read)(&key)?,
        };
        self.changed.insert(key, Touched { was, will_be });
        Ok(())
    }

    pub(super) fn set(&mut self, key: Vec<u8>, value: Vec<u8>) -> Result<(), DbError> {
        self.put(key, Some(value))
    }

    /// Lets a listing stand where `pointer` says, or nowhere. If that is to be `seen`, a change is
    /// numbered, and the earlier change of the same listing is taken away, so that whoever asks
    /// for changes hears of each listing once.
    fn follow(
        &mut self,
        meta: &mut Meta,
        uuid: Uuid,
        pointer: Option<&Pointer>,
        seen: bool,
        day: u32,
    ) -> Result<(), DbError> {
        let key = key_of_uuid(POINTERS, uuid);
        let old = self.get(&key)?.map(|row| Standing::from_bytes(&row));
        let old = old.map(|old| old.ok_or(DbError::Damaged("a pointer cannot be read")));
        let Standing {
            mut change,
            pointer: old,
        } = old.transpose()?.unwrap_or_default();
        if old.is_none() && pointer.is_none() {
            return Ok(());
        }
        if let Some(old) = old {
            self.put(key_of_entry(ENTRIES, old.feed, old.index), None)?;
        }
        if let Some(new) = pointer {
            let entry = key_of_entry(ENTRIES, new.feed, new.index);
            self.set(entry, uuid.as_bytes().to_vec())?;
        }
        if seen {
            if change > 0 {
                self.put(key_of_change(change), None)?;
            }
            meta.last_change += 1;
            change = meta.last_change;
            let kind = if pointer.is_some() {
                ChangeKind::Put
            } else {
                ChangeKind::Removed
            };
            let row = Change {
                number: change,
                uuid,
                kind,
                day,
            }
            .to_bytes();
            // No row has this number yet, so there is nothing to read first.
            let touched = Touched {
                was: None,
                will_be: Some(row),
            };
            self.changed.insert(key_of_change(change), touched);
        }
        self.set(
            key,
            Standing {
                change,
                pointer: pointer.cloned(),
            }
            .to_bytes(),
        )
    }

    /// What to write, each row with its new value or none; the counts in `meta` follow.
    pub(super) fn finish(self, meta: &mut Meta) -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
        let mut changes = Vec::with_capacity(self.changed.len());
        for (key, Touched { was, will_be }) in self.changed {
            if was == will_be {
                continue;
            }
            if let Some(was) = was {
                meta.rows -= 1;
                meta.bytes -= (key.len() + was.len()) as u64;
                meta.sum = meta.sum.wrapping_sub(fingerprint(&key, &was));
            }
            if let Some(value) = &will_be {
                meta.rows += 1;
                meta.bytes += (key.len() + value.len()) as u64;
                meta.sum = meta.sum.wrapping_add(fingerprint(&key, value));
            }
            changes.push((key, will_be));
        }
        changes
    }
}
