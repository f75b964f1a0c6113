//! How is it noticed that the other end of a connection keeps us waiting?

use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::watch;
use tokio::time::{Sleep, sleep};

/// What a connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// No request has been understood yet.
    New,
    /// That many requests are running or being answered.
    Busy(usize),
    /// All requests have been answered.
    Quiet,
}

/// Tells the keeper of a connection when its requests begin and end.
#[derive(Clone, Debug)]
pub(super) struct Pulse(Arc<watch::Sender<State>>);

impl Pulse {
    pub(super) fn new() -> (Pulse, watch::Receiver<State>) {
        let (sender, receiver) = watch::channel(State::New);
        (Pulse(Arc::new(sender)), receiver)
    }

    /// A request begins; it ends when what is returned, and the body it is given, are dropped.
    pub(super) fn begin(self) -> Busy {
        self.0.send_modify(|state| {
            *state = match *state {
                State::New | State::Quiet => State::Busy(1),
                State::Busy(count) => State::Busy(count + 1),
            }
        });
        Busy(self)
    }
}

/// A running request.
#[derive(Debug)]
pub(super) struct Busy(Pulse);

impl Busy {
    /// The response's body, which keeps the request running until it was sent or given up.
    pub(super) fn until_sent(self, body: Body) -> SentBody {
        SentBody { body, _busy: self }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.0.send_modify(|state| {
            *state = match *state {
                State::Busy(count) if count > 1 => State::Busy(count - 1),
                _ => State::Quiet,
            }
        });
    }
}

/// A response's body.
pub(super) struct SentBody {
    body: Body,
    _busy: Busy,
}

impl HttpBody for SentBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A request's body that fails when it pauses or lasts too long.
pub(super) struct PacedBody {
    body: Incoming,
    pause: Wait,
    whole: Wait,
}

impl PacedBody {
    pub(super) fn new(body: Incoming, pause: Duration, whole: Duration) -> PacedBody {
        PacedBody {
            body,
            pause: Wait::of(pause),
            whole: Wait::of(whole),
        }
    }
}

impl HttpBody for PacedBody {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = &mut *self;
        if this.whole.poll_over(context).is_ready() {
            return Poll::Ready(Some(Err(slow("the body took too long").into())));
        }
        match Pin::new(&mut this.body).poll_frame(context) {
            Poll::Ready(frame) => {
                this.pause.end();
                Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
            }
            Poll::Pending => {
                ready!(this.pause.poll_over(context));
                Poll::Ready(Some(Err(slow("the body paused for too long").into())))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A stream whose writing fails when the other end takes nothing for too long.
pub(super) struct PacedStream<S> {
    stream: S,
    pause: Wait,
}

impl<S> PacedStream<S> {
    pub(super) fn new(stream: S, write_pause: Duration) -> PacedStream<S> {
        PacedStream {
            stream,
            pause: Wait::of(write_pause),
        }
    }
}

impl<S: Unpin> PacedStream<S> {
    fn paced<T>(
        &mut self,
        context: &mut Context<'_>,
        write: impl FnOnce(Pin<&mut S>, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        let written = write(Pin::new(&mut self.stream), context);
        if written.is_ready() {
            self.pause.end();
            return written;
        }
        ready!(self.pause.poll_over(context));
        Poll::Ready(Err(slow("nothing was taken for too long")))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for PacedStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for PacedStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.paced(context, |stream, context| stream.poll_write(context, bytes))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.paced(context, |stream, context| {
            stream.poll_write_vectored(context, slices)
        })
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.paced(context, |stream, context| stream.poll_flush(context))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.paced(context, |stream, context| stream.poll_shutdown(context))
    }
}

/// A wait that begins when first asked about.
struct Wait {
    limit: Duration,
    running: Option<Pin<Box<Sleep>>>,
}

impl Wait {
    fn of(limit: Duration) -> Wait {
        Wait {
            limit,
            running: None,
        }
    }

    fn poll_over(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let limit = self.limit;
        let running = self.running.get_or_insert_with(|| Box::pin(sleep(limit)));
        running.as_mut().poll(context)
    }

    fn end(&mut self) {
        self.running = None;
    }
}

fn slow(reason: &str) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, reason.to_owned())
}
