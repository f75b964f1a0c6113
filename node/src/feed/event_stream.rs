//! What do the bytes of an event stream say?
//!
//! Server-sent events as the HTML Living Standard defines them in 9.2.6, with limits.

use futures_util::stream::{Stream, StreamExt};

/// Longest line in bytes. A signed checkpoint is far below; each of its lines is a `data:` line.
pub const MAX_LINE_BYTES: usize = 16 * 1024;

/// Longest text of one event in bytes.
pub const MAX_EVENT_BYTES: usize = 256 * 1024;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// One event of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// The event's type; empty means `message`.
    pub event: String,
    /// The text, its lines joined by a line feed and without a last one.
    pub data: String,
    /// The last id the stream has named; empty if none.
    pub id: String,
}

/// Why a stream of events cannot be read any further.
#[derive(Debug, thiserror::Error)]
pub enum EventError<E> {
    /// A line without end.
    #[error("a line of the event stream is longer than {MAX_LINE_BYTES} bytes")]
    LongLine,
    /// An event without end.
    #[error("an event is longer than {MAX_EVENT_BYTES} bytes")]
    LongEvent,
    /// A line that is not UTF-8.
    #[error("a line of the event stream is not UTF-8")]
    NotText,
    /// The bytes stopped coming.
    #[error(transparent)]
    Bytes(E),
}

/// What [`Parser::push`] found wrong; the stream cannot be trusted after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Longer than [`MAX_LINE_BYTES`].
    LongLine,
    /// Longer than [`MAX_EVENT_BYTES`].
    LongEvent,
    /// Not UTF-8. The standard would replace it; we only carry texts that must be exact.
    NotText,
}

/// Reads events from pieces of any size.
#[derive(Debug, Default)]
pub struct Parser {
    line: Vec<u8>,
    past_first_line: bool,
    after_return: bool,
    event: String,
    data: String,
    has_data: bool,
    id: String,
}

impl Parser {
    /// A parser at the start of a stream.
    pub fn new() -> Parser {
        Parser::default()
    }

    /// Takes the next piece of the stream and appends the events that it completes to `events`.
    pub fn push(&mut self, mut piece: &[u8], events: &mut Vec<Event>) -> Result<(), Fault> {
        // A line ends with CR, LF or CRLF; of the last, the LF may come with the next piece.
        while let Some(&first) = piece.first() {
            if std::mem::take(&mut self.after_return) && first == b'\n' {
                piece = &piece[1..];
                continue;
            }
            let end = piece.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
            let part = &piece[..end.unwrap_or(piece.len())];
            if part.len() > MAX_LINE_BYTES - self.line.len() {
                return Err(Fault::LongLine);
            }
            self.line.extend_from_slice(part);
            let Some(end) = end else { return Ok(()) };
            self.after_return = piece[end] == b'\r';
            piece = &piece[end + 1..];
            events.extend(self.end_line()?);
        }
        Ok(())
    }

    fn end_line(&mut self) -> Result<Option<Event>, Fault> {
        let line = std::mem::take(&mut self.line);
        let mut line = &line[..];
        if !std::mem::replace(&mut self.past_first_line, true) {
            line = line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line);
        }
        let line = std::str::from_utf8(line).map_err(|_| Fault::NotText)?;
        if line.is_empty() {
            return Ok(self.end_event());
        }
        let (field, value) = match line.split_once(':') {
            Some((field, value)) => (field, value.strip_prefix(' ').unwrap_or(value)),
            None => (line, ""),
        };
        match field {
            "data" => self.append(value)?,
            "event" => self.event = value.to_owned(),
            "id" if !value.contains('\0') => self.id = value.to_owned(),
            // A comment (empty field), `retry`, or a field of a later version.
            _ => {}
        }
        Ok(None)
    }

    fn append(&mut self, value: &str) -> Result<(), Fault> {
        let between = usize::from(self.has_data);
        if self.data.len() + between + value.len() > MAX_EVENT_BYTES {
            return Err(Fault::LongEvent);
        }
        if std::mem::replace(&mut self.has_data, true) {
            self.data.push('\n');
        }
        self.data.push_str(value);
        Ok(())
    }

    fn end_event(&mut self) -> Option<Event> {
        let event = std::mem::take(&mut self.event);
        let data = std::mem::take(&mut self.data);
        std::mem::take(&mut self.has_data).then(|| Event {
            event,
            data,
            id: self.id.clone(),
        })
    }
}

/// The events of a stream of bytes; ends after the first error, and an unfinished event is dropped.
pub fn events<B, E>(
    bytes: impl Stream<Item = Result<B, E>> + Unpin,
) -> impl Stream<Item = Result<Event, EventError<E>>>
where
    B: AsRef<[u8]>,
{
    async_stream::stream! {
        let mut bytes = bytes;
        let mut parser = Parser::new();
        let mut ready = Vec::new();
        while let Some(piece) = bytes.next().await {
            let outcome = match piece {
                Ok(piece) => parser.push(piece.as_ref(), &mut ready).map_err(EventError::from),
                Err(error) => Err(EventError::Bytes(error)),
            };
            for event in ready.drain(..) {
                yield Ok(event);
            }
            if let Err(error) = outcome {
                yield Err(error);
                return;
            }
        }
    }
}

impl<E> From<Fault> for EventError<E> {
    fn from(fault: Fault) -> EventError<E> {
        match fault {
            Fault::LongLine => EventError::LongLine,
            Fault::LongEvent => EventError::LongEvent,
            Fault::NotText => EventError::NotText,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(event: &str, data: &str, id: &str) -> Event {
        Event {
            event: event.into(),
            data: data.into(),
            id: id.into(),
        }
    }

    fn read(pieces: &[&[u8]]) -> Result<Vec<Event>, Fault> {
        let mut parser = Parser::new();
        let mut events = Vec::new();
        for piece in pieces {
            parser.push(piece, &mut events)?;
        }
        Ok(events)
    }

    /// The same events, however the bytes are cut: whole, byte by byte, and at every two places.
    fn check(text: &str, expected: &[Event]) {
        let bytes = text.as_bytes();
        assert_eq!(read(&[bytes]).as_deref(), Ok(expected), "{text:?}");
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(read(&single).as_deref(), Ok(expected), "{text:?} by bytes");
        for at in 0..=bytes.len() {
            let (head, tail) = bytes.split_at(at);
            assert_eq!(
                read(&[head, tail]).as_deref(),
                Ok(expected),
                "{text:?} at {at}"
            );
        }
    }

    #[test]
    fn an_event_reads_the_same_with_every_line_end_and_every_cut() {
        let text = "\u{feff}: hello\nevent: checkpoint\nid: 7\ndata: one\ndata:\ndata:  trois é\n\n\
                    data\n\nretry: 5\n\nid\ndata:x:y\n\ndata: never finished\n";
        let expected = [
            event("checkpoint", "one\n\n trois é", "7"),
            event("", "", "7"),
            event("", "x:y", ""),
        ];
        for line_end in ["\n", "\r", "\r\n"] {
            check(&text.replace('\n', line_end), &expected);
        }
    }

    #[test]
    fn odd_streams_follow_the_standard() {
        for (text, expected) in [
            ("", vec![]),
            ("\n\n\r\n\r", vec![]),
            (":\n:\n\n", vec![]),
            ("event: lonely\n\ndata: x\n\n", vec![event("", "x", "")]),
            (
                "data: a\r\rdata: b\n\r\n",
                vec![event("", "a", ""), event("", "b", "")],
            ),
            ("data: a\n\u{feff}data: b\n\n", vec![event("", "a", "")]),
            ("\u{feff}\u{feff}data: a\n\n", vec![]),
            ("Data: a\n data: b\n\n", vec![]),
            ("id: a\0b\ndata: x\n\n", vec![event("", "x", "")]),
            ("data: \n\n", vec![event("", "", "")]),
        ] {
            check(text, &expected);
        }
    }

    #[test]
    fn lines_and_events_have_a_largest_size() {
        let line = |length: usize| format!("data:{}\n\n", "a".repeat(length - 5));
        assert_eq!(
            read(&[line(MAX_LINE_BYTES).as_bytes()]).map(|all| all.len()),
            Ok(1)
        );
        assert_eq!(
            read(&[line(MAX_LINE_BYTES + 1).as_bytes()]),
            Err(Fault::LongLine)
        );
        let endless = [b'x'; 1000];
        assert_eq!(read(&[&endless[..]; 17]), Err(Fault::LongLine));

        let part = format!("data:{}\n", "a".repeat(1023)).repeat(MAX_EVENT_BYTES / 1024);
        let length = |end: &str| {
            let all = read(&[(part.clone() + end).as_bytes()]);
            all.map(|all| all[0].data.len())
        };
        assert_eq!(length("data:\n\n"), Ok(MAX_EVENT_BYTES));
        assert_eq!(length("data:a\n\n"), Err(Fault::LongEvent));
    }

    #[test]
    fn bytes_that_are_no_text_end_the_stream() {
        assert_eq!(read(&[b"data: \xff\n\n"]), Err(Fault::NotText));
    }

    #[tokio::test]
    async fn events_before_a_fault_are_still_told() {
        let pieces: [Result<&[u8], &str>; 3] = [
            Ok(b"data: a\n\ndata:"),
            Ok(b" b\n\n\xff\n"),
            Err("never reached"),
        ];
        let all: Vec<_> = events(futures_util::stream::iter(pieces)).collect().await;
        assert!(
            matches!(&all[..], [Ok(a), Ok(b), Err(EventError::NotText)] if a.data == "a" && b.data == "b"),
            "{all:?}"
        );
        let broken = [Ok(&b"data: a\n\ndata: b\n"[..]), Err("cut")];
        let all: Vec<_> = events(futures_util::stream::iter(broken)).collect().await;
        assert!(
            matches!(&all[..], [Ok(_), Err(EventError::Bytes("cut"))]),
            "{all:?}"
        );
    }
}
