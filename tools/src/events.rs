//! What do the bytes of an event stream say?
//!
//! Server-sent events as the HTML Living Standard defines them in section 9.2.6, as far as a feed
//! uses them: lines that end in a line feed, of which only `data` carries something.

/// The longest line in bytes; a signed checkpoint is far below.
const LINE_MAX_BYTES: usize = 16 * 1024;

/// The longest text of one event in bytes.
const EVENT_MAX_BYTES: usize = 256 * 1024;

/// What is wrong with a stream; nothing after it can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EventFault {
    /// A line without end.
    #[error("a line of the event stream is longer than {LINE_MAX_BYTES} bytes")]
    LongLine,
    /// An event without end.
    #[error("an event is longer than {EVENT_MAX_BYTES} bytes")]
    LongEvent,
    /// Not UTF-8.
    #[error("a line of the event stream is not UTF-8")]
    NotText,
}

/// Reads events from pieces of any size.
#[derive(Debug, Default)]
pub struct Events {
    line: Vec<u8>,
    text: String,
    has_text: bool,
}

impl Events {
    /// Takes the next piece and answers with the texts of the events that it completes. The lines of
    /// a text are joined by line feeds, without a last one.
    ///
    /// # Errors
    /// [`EventFault`]; the stream is then over.
    pub fn push(&mut self, mut piece: &[u8]) -> Result<Vec<String>, EventFault> {
        let mut ready = Vec::new();
        while !piece.is_empty() {
            let end = piece.iter().position(|byte| *byte == b'\n');
            let part = &piece[..end.unwrap_or(piece.len())];
            if part.len() > LINE_MAX_BYTES - self.line.len() {
                return Err(EventFault::LongLine);
            }
            self.line.extend_from_slice(part);
            let Some(end) = end else { break };
            piece = &piece[end + 1..];
            ready.extend(self.end_line()?);
        }
        Ok(ready)
    }

    fn end_line(&mut self) -> Result<Option<String>, EventFault> {
        let line = std::mem::take(&mut self.line);
        let line = std::str::from_utf8(&line).map_err(|_| EventFault::NotText)?;
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.is_empty() {
            let text = std::mem::take(&mut self.text);
            return Ok(std::mem::take(&mut self.has_text).then_some(text));
        }
        let Some(value) = line.strip_prefix("data:") else {
            // A comment, another field, or one of a later version.
            return Ok(None);
        };
        let value = value.strip_prefix(' ').unwrap_or(value);
        if self.text.len() + value.len() >= EVENT_MAX_BYTES {
            return Err(EventFault::LongEvent);
        }
        if std::mem::replace(&mut self.has_text, true) {
            self.text.push('\n');
        }
        self.text.push_str(value);
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_whole_whatever_the_pieces() {
        let stream = b": hello\n\ndata: a\ndata:\ndata: \xe2\x80\x94 b\nid: 1\n\nevent: x\n\ndata: c\r\n\r\ndata: cut";
        for size in 1..stream.len() {
            let mut events = Events::default();
            let mut texts = Vec::new();
            for piece in stream.chunks(size) {
                texts.extend(events.push(piece).unwrap());
            }
            assert_eq!(texts, ["a\n\n— b", "c"], "in pieces of {size}");
        }
    }

    #[test]
    fn a_stream_without_end_is_cut_off() {
        let line = [b'x'; LINE_MAX_BYTES + 1];
        assert_eq!(Events::default().push(&line), Err(EventFault::LongLine));
        let mut events = Events::default();
        let line = [b"data: ".as_slice(), &[b'x'; 10_000], b"\n"].concat();
        let fault = (0..100).find_map(|_| events.push(&line).err());
        assert_eq!(fault, Some(EventFault::LongEvent));
        assert_eq!(
            Events::default().push(b"data: \xff\n"),
            Err(EventFault::NotText)
        );
    }
}
