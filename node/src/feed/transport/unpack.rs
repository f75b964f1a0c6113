//! How do we unpack a compressed answer without being filled up by it?

use bytes::{Bytes, BytesMut};
use zstd::stream::raw::{DParameter, Decoder, InBuffer, Operation, OutBuffer};

/// The largest window a decoder must offer for `Content-Encoding: zstd`, 8 MiB (RFC 9659).
const WINDOW_LOG_MAX: u32 = 23;

/// Decompressed bytes are produced in pieces of this size, so no more than that is ever in excess.
const STEP_BYTES: usize = 32 * 1024;

/// Why an answer cannot be unpacked.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum UnpackError {
    TooLong,
    Damaged(String),
}

/// Collects an answer piece by piece, plain or compressed, up to a limit of unpacked bytes.
pub(super) struct Unpack {
    decoder: Option<Decoder<'static>>,
    unpacked: BytesMut,
    max_bytes: usize,
    mid_frame: bool,
}

impl Unpack {
    /// For an answer with this `Content-Encoding`; only zstd was offered, so all else is damage.
    pub(super) fn new(encoding: Option<&str>, max_bytes: usize) -> Result<Unpack, UnpackError> {
        let decoder = match encoding {
            None | Some("identity" | "") => None,
            Some("zstd") => Some(decoder().map_err(damaged)?),
            Some(other) => {
                return Err(UnpackError::Damaged(format!(
                    "it is packed as {other:?}, which was not asked for"
                )));
            }
        };
        Ok(Unpack {
            decoder,
            unpacked: BytesMut::new(),
            max_bytes,
            mid_frame: false,
        })
    }

    /// Takes the next piece as it came from the network.
    pub(super) fn push(&mut self, piece: &[u8]) -> Result<(), UnpackError> {
        let Some(decoder) = &mut self.decoder else {
            return append(&mut self.unpacked, piece, self.max_bytes);
        };
        let mut step = [0; STEP_BYTES];
        let mut input = InBuffer::around(piece);
        loop {
            let mut output = OutBuffer::around(&mut step[..]);
            let hint = decoder.run(&mut input, &mut output).map_err(damaged)?;
            self.mid_frame = hint != 0;
            let produced = output.as_slice();
            append(&mut self.unpacked, produced, self.max_bytes)?;
            // In the middle of a frame, a full step may have left more inside the decoder.
            let drained = hint == 0 || produced.len() < STEP_BYTES;
            if input.pos() == piece.len() && drained {
                return Ok(());
            }
        }
    }

    /// The whole answer, if it ended where it should.
    pub(super) fn finish(self) -> Result<Bytes, UnpackError> {
        if self.mid_frame {
            return Err(UnpackError::Damaged("it ends too early".to_owned()));
        }
        Ok(self.unpacked.freeze())
    }
}

fn decoder() -> std::io::Result<Decoder<'static>> {
    let mut decoder = Decoder::new()?;
    decoder.set_parameter(DParameter::WindowLogMax(WINDOW_LOG_MAX))?;
    Ok(decoder)
}

fn append(unpacked: &mut BytesMut, piece: &[u8], max_bytes: usize) -> Result<(), UnpackError> {
    if piece.len() > max_bytes - unpacked.len() {
        return Err(UnpackError::TooLong);
    }
    unpacked.extend_from_slice(piece);
    Ok(())
}

fn damaged(error: std::io::Error) -> UnpackError {
    UnpackError::Damaged(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unpack(
        encoding: Option<&str>,
        bytes: &[u8],
        max_bytes: usize,
        piece: usize,
    ) -> Result<Bytes, UnpackError> {
        let mut unpack = Unpack::new(encoding, max_bytes)?;
        for piece in bytes.chunks(piece) {
            unpack.push(piece)?;
        }
        unpack.finish()
    }

    fn packed(bytes: &[u8]) -> Vec<u8> {
        zstd::encode_all(bytes, 3).unwrap()
    }

    #[test]
    fn the_limit_counts_unpacked_bytes() {
        for length in [0, 1, STEP_BYTES - 1, STEP_BYTES, STEP_BYTES + 1, 300_000] {
            let bytes: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
            for (encoding, sent) in [(None, bytes.clone()), (Some("zstd"), packed(&bytes))] {
                for piece in [1, 7, 4096, 1 << 20] {
                    let whole = unpack(encoding, &sent, length, piece);
                    assert_eq!(whole.as_deref(), Ok(&bytes[..]), "{length} in {piece}");
                    if length > 0 {
                        let cut = unpack(encoding, &sent, length - 1, piece);
                        assert_eq!(cut, Err(UnpackError::TooLong), "{length} in {piece}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_small_answer_that_unpacks_to_much_is_cut_off() {
        let bomb = packed(&vec![0; 64 << 20]);
        assert!(bomb.len() < 10_000);
        let cut = unpack(Some("zstd"), &bomb, 1 << 20, bomb.len());
        assert_eq!(cut, Err(UnpackError::TooLong));
    }

    #[test]
    fn a_window_larger_than_the_standard_allows_is_refused() {
        use zstd::stream::raw::CParameter;
        let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
        encoder
            .set_parameter(CParameter::WindowLog(WINDOW_LOG_MAX + 1))
            .unwrap();
        std::io::Write::write_all(&mut encoder, &[1; 100]).unwrap();
        let sent = encoder.finish().unwrap();
        let refused = unpack(Some("zstd"), &sent, 1000, 1000);
        assert!(
            matches!(refused, Err(UnpackError::Damaged(_))),
            "{refused:?}"
        );
    }

    #[test]
    fn damage_is_told_from_a_whole_answer() {
        let mut sent = packed(b"the same text again and again and again");
        let two = [sent.clone(), sent.clone()].concat();
        assert_eq!(
            unpack(Some("zstd"), &two, 1000, 5).map(|whole| whole.len()),
            Ok(78)
        );
        sent.pop();
        for (encoding, bytes) in [
            (Some("zstd"), &sent[..]),
            (Some("zstd"), b"not zstd at all, though long enough"),
            (Some("gzip"), b""),
        ] {
            let refused = unpack(encoding, bytes, 1000, 1000);
            assert!(
                matches!(refused, Err(UnpackError::Damaged(_))),
                "{encoding:?}"
            );
        }
    }
}
