//! The channels from outside: messages as they look, hostile names, sizes, and delivery
//! to simulated robots.

#[cfg(test)]
mod delivery;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod mail;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod splitting;
#[cfg(test)]
mod world;
