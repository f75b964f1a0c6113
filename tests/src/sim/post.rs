//! How do messages travel, and who answers them?

use clearinghouse::feed::transport::{Ask, TransportError};
use clearinghouse_protocol::tlog::hash::sha256;
use tokio::sync::{mpsc, oneshot};
use url::Url;

use super::machine::host_of;
use super::net::{Back, Heard, Weather, Wish, open, serve, unreachable};
use super::tally::State;
use super::world::{Due, Stream, World};

impl World {
    /// Takes up what a node wants of the network.
    pub(super) fn take_up(&mut self, wish: Wish) {
        match wish {
            Wish::Ask { from, ask, reply } => self.ask(from, ask, reply),
            Wish::Listen { from, url, events } => {
                let weather = self.weather(from, self.route(from, &url));
                if weather.refused || self.gets_lost(weather) {
                    // Whoever listens is told that the stream is over.
                    let _ = events.send(Err(unreachable(&url, "the line is cut")));
                } else {
                    self.travel(weather, Due::Open { from, url, events });
                }
            }
            Wish::Said { stream, event } => {
                let Some((from, to)) = self.streams.get(&stream).map(|open| (open.from, open.to))
                else {
                    return;
                };
                let weather = self.weather(to, Some(from));
                let cut = weather.refused || self.gets_lost(weather);
                let due = match cut {
                    // A connection that loses bytes is broken.
                    true => Due::Hush { stream },
                    false => Due::Hear { stream, event },
                };
                self.travel(weather, due);
            }
            Wish::Ended { stream } => self.travel(Weather::FAIR, Due::Hush { stream }),
        }
    }

    /// A message is where it was sent.
    pub(super) async fn arrive(&mut self, due: Due) {
        match due {
            Due::Serve {
                from,
                ask,
                exchange,
            } => self.answer(from, ask, exchange).await,
            Due::Deliver {
                from,
                exchange,
                back,
            } => {
                let Some(reply) = self.waiting.remove(&exchange) else {
                    return;
                };
                self.note(&format!("{from} has {exchange}: {}", told(&back)));
                self.show_time(from);
                // Whoever asked may have gone away.
                let _ = reply.send(back);
            }
            Due::Open { from, url, events } => self.open(from, url, events).await,
            Due::Hear { stream, event } => {
                let Some(open) = self.streams.get(&stream) else {
                    return;
                };
                let from = open.from;
                if open.events.send(Ok(event)).is_ok() {
                    self.tally.reach(State::EventHeard);
                }
                self.show_time(from);
            }
            Due::Hush { stream } => {
                if let Some(open) = self.streams.remove(&stream) {
                    open.pump.abort();
                }
            }
        }
    }

    async fn answer(&mut self, from: usize, ask: Ask, exchange: Option<u64>) {
        let to = self.route(from, &ask.url);
        let router = to.and_then(|to| Some(self.machines[to].life.as_ref()?.router.clone()));
        let back = match (to, router) {
            (Some(to), Some(router)) => {
                if self.machines[to].silent {
                    return;
                }
                self.show_time(to);
                let back = serve(router, &ask).await;
                self.lie(to, ask.url.path(), back)
            }
            _ => Err(unreachable(&ask.url, "nobody listens there")),
        };
        if let Ok(answer) = &back {
            let is_body = ask.url.path().contains("/body/") || ask.url.path().contains("/bodies/");
            match answer.status {
                503 if is_body => self.tally.reach(State::LeaseOver),
                410 if is_body => self.tally.reach(State::Overtaken),
                _ => {}
            }
        }
        self.note(&format!("{from} asks {}: {}", ask.url, told(&back)));
        let weather = to.map_or(Weather::FAIR, |to| self.weather(to, Some(from)));
        if let Some(exchange) = exchange
            && !self.gets_lost(weather)
        {
            self.travel(
                weather,
                Due::Deliver {
                    from,
                    exchange,
                    back,
                },
            );
        }
    }

    fn lie(&mut self, to: usize, path: &str, back: Back) -> Back {
        let Some(liar) = &mut self.machines[to].liar else {
            return back;
        };
        let (answer, lie) = liar.tell(path, back?, &mut self.chance);
        if let Some(lie) = lie {
            self.tally.fault(lie);
        }
        Ok(answer)
    }

    async fn open(&mut self, from: usize, url: Url, events: mpsc::UnboundedSender<Heard>) {
        let Some(to) = self.route(from, &url) else {
            return;
        };
        let Some(life) = self.machines[to].life.as_ref() else {
            let _ = events.send(Err(unreachable(&url, "nobody listens there")));
            return;
        };
        let router = life.router.clone();
        let stream = self.ticket();
        self.show_time(to);
        if let Some(pump) = open(router, &url, stream, self.inbox.clone()).await {
            self.streams.insert(
                stream,
                Stream {
                    from,
                    to,
                    events,
                    pump,
                },
            );
        }
    }

    /// The machine that answers there: of two with one name, chance of birth decides for each asker.
    fn route(&self, from: usize, url: &Url) -> Option<usize> {
        let host = host_of(url)?;
        let there = self.machines.iter().enumerate();
        let there = there.filter(|(_, machine)| machine.host == host && machine.runs());
        let there: Vec<usize> = there.map(|(id, _)| id).collect();
        there.get(from.checked_rem(there.len())?).copied()
    }

    fn weather(&self, from: usize, to: Option<usize>) -> Weather {
        let special = to.and_then(|to| self.weather.get(&(from, to)));
        special.copied().unwrap_or(self.usual)
    }

    fn gets_lost(&mut self, weather: Weather) -> bool {
        if weather.gone {
            return true;
        }
        let lost = self.chance.below(1000) < weather.lost;
        if lost {
            self.tally.fault("a message is lost");
        }
        lost
    }

    fn ask(&mut self, from: usize, ask: Ask, reply: oneshot::Sender<Back>) {
        let exchange = self.ticket();
        self.tally.asked += 1;
        self.waiting.insert(exchange, reply);
        let (url, waited) = (ask.url.to_string(), ask.timeout);
        let late = Err(TransportError::Slow { url, waited });
        self.due_in(
            waited,
            Due::Deliver {
                from,
                exchange,
                back: late,
            },
        );
        let weather = self.weather(from, self.route(from, &ask.url));
        if weather.refused {
            let back = Err(unreachable(&ask.url, "the line is cut"));
            self.travel(
                weather,
                Due::Deliver {
                    from,
                    exchange,
                    back,
                },
            );
            return;
        }
        if self.gets_lost(weather) {
            return;
        }
        if self.chance.below(1000) < weather.twice {
            self.tally.fault("a question arrives twice");
            let ask = ask.clone();
            self.travel(
                weather,
                Due::Serve {
                    from,
                    ask,
                    exchange: None,
                },
            );
        }
        let exchange = Some(exchange);
        self.travel(
            weather,
            Due::Serve {
                from,
                ask,
                exchange,
            },
        );
    }
}

fn told(back: &Back) -> String {
    match back {
        Ok(answer) => format!("{} {:?}", answer.status, sha256(&[&answer.body])),
        Err(error) => error.to_string(),
    }
}
