//! What goes wrong with disks, lines and clocks?

use clearinghouse::store::fault_disk::Fault;
use jiff::SignedDuration;

use super::machine::Machine;
use super::net::Weather;
use super::plan::Deed;
use super::tally::State;
use super::world::World;

impl World {
    /// Something happens to a disk.
    pub(super) async fn spoil(&mut self, deed: Deed) {
        match deed {
            Deed::FailDisk => {
                let Some(id) = self.one(Machine::runs) else {
                    return;
                };
                let fault = Fault::ALL[self.chance.below(5) as usize];
                let disk = &self.machines[id].disk;
                disk.fail_at(disk.steps() + self.chance.below(12), fault);
                self.tally.fault("disk step fails");
            }
            Deed::FillDisk => {
                let Some(id) = self.one(Machine::runs) else {
                    return;
                };
                self.machines[id].disk.fill(true);
                self.tally.fault("full disk");
                self.put(id, 1, None).await;
                if self.chance.below(2) == 0 {
                    self.machines[id].disk.fill(false);
                }
            }
            Deed::Backup => {
                let Some(id) = self.one(|machine| !machine.dead) else {
                    return;
                };
                let backup = self.machines[id].disk.copy();
                self.machines[id].backups.push(backup);
            }
            _ => self.restore().await,
        }
    }

    /// Puts a backup in place of a disk: without the sign lock, as backups have to be, or with the lock
    /// that was on the disk.
    async fn restore(&mut self) {
        let Some(id) = self.one(|machine| !machine.backups.is_empty() && !machine.dead) else {
            return;
        };
        self.end(id, false).await;
        let machine = &mut self.machines[id];
        let lock = machine.disk.bytes(&Machine::lock_path());
        let Some(backup) = machine.backups.pop() else {
            return;
        };
        machine.disk = backup;
        machine.restored = Some("a backup");
        match lock.filter(|_| self.chance.below(2) == 0) {
            Some(lock) => {
                machine.disk.put(&Machine::lock_path(), &lock);
                self.tally.fault("restored behind its lock");
            }
            None => {
                machine.disk.take(&Machine::lock_path());
                self.tally.fault("restored without lock");
            }
        }
        self.start(id).await;
    }

    /// Something happens to lines.
    pub(super) fn blow(&mut self, deed: Deed) {
        let count = self.machines.len() as u64;
        let (one, two) = (
            self.chance.below(count) as usize,
            self.chance.below(count) as usize,
        );
        let refused = self.chance.below(2) == 0;
        let cut = Weather {
            gone: !refused,
            refused,
            ..Weather::FAIR
        };
        match deed {
            Deed::CutLine => {
                self.tally.fault("line cut one way");
                self.weather.insert((one, two), cut);
                if self.chance.below(2) == 0 {
                    self.tally.fault("line cut both ways");
                    self.weather.insert((two, one), cut);
                }
            }
            Deed::Isolate => {
                self.tally.fault("machine cut off");
                for other in 0..self.machines.len() {
                    self.weather.insert((one, other), cut);
                    self.weather.insert((other, one), cut);
                }
            }
            Deed::Weather => {
                self.tally.fault("bad weather");
                self.usual = Weather {
                    lost: [0, 30, 200][self.chance.below(3) as usize],
                    twice: [0, 100][self.chance.below(2) as usize],
                    slow_ms: [50, 2_000, 20_000][self.chance.below(3) as usize],
                    ..Weather::FAIR
                };
            }
            _ => {
                self.weather.clear();
                self.usual = Weather::FAIR;
            }
        }
    }

    /// The time of a machine is put wrong, or right.
    pub(super) fn turn_clock(&mut self) {
        let some = self.chance.below(self.machines.len() as u64) as usize;
        let hours = [-48, -1, 1, 48][self.chance.below(4) as usize];
        self.show_time(some);
        let by = SignedDuration::from_hours(hours);
        self.machines[some].hand.jump(by);
        self.machines[some].offset += by;
        self.tally.fault("clock jump");
        if hours < 0 {
            self.tally.reach(State::ClockBack);
        }
    }

    /// A machine is gone for good; the first stays, for all others hang on its roster.
    pub(super) async fn bury(&mut self) {
        let Some(id) = self.one(|machine| machine.host != 0 && !machine.dead) else {
            return;
        };
        self.tally.fault("machine gone for good");
        self.end(id, true).await;
        self.machines[id].dead = true;
    }

    /// Nothing goes wrong any more; only liars go on to lie.
    pub async fn heal(&mut self) {
        self.usual = Weather::FAIR;
        self.weather.clear();
        for id in 0..self.machines.len() {
            let machine = &mut self.machines[id];
            machine.silent = false;
            machine.hand.jump(-machine.offset);
            machine.offset = SignedDuration::ZERO;
            machine.disk.mend();
            let rests = machine.runs() || machine.dead;
            self.show_time(id);
            if !rests {
                self.start(id).await;
            }
        }
    }
}
