//! What a service does that shows under load only: what it waits for, what it queues, what it makes again and again.

use crate::knowledge::Means;
use crate::model::blocking::Blocking;
use crate::model::body::UnboundedBody;
use crate::model::chain::Chains;
use crate::model::clients::Client;
use crate::model::guard::HeldGuard;
use crate::model::queue::Queue;
use crate::model::remade::Remade;
use crate::model::work::Work;

/// What a service does that shows under load only.
#[derive(Debug)]
pub(crate) struct Load {
    /// Calls that block a thread on which requests wait.
    pub(crate) blocking: Vec<Blocking>,
    /// Guards of locks that block, alive while a task waits.
    pub(crate) held_guards: Vec<HeldGuard>,
    /// Queues without an end.
    pub(crate) queues: Vec<Queue>,
    /// Bodies of requests that are taken into memory whatever their size.
    pub(crate) unbounded_bodies: Vec<UnboundedBody>,
    /// Clients and pools that are made for each request.
    pub(crate) remade: Vec<Remade>,
    /// Pools, and what bounds the wait for a connection.
    pub(crate) pools: Vec<Client>,
    pub(crate) grpc_clients: Vec<Client>,
}

impl Load {
    pub(crate) fn of(chains: &Chains<'_, '_>, work: &Work) -> Self {
        let (code, reach) = (chains.code, chains.reach);
        Self {
            blocking: Blocking::all(code, reach, work),
            held_guards: HeldGuard::all(code, reach),
            queues: Queue::all(code, reach),
            unbounded_bodies: UnboundedBody::all(code, reach, work),
            // What a loop of its own does now and then is no request.
            remade: Remade::all(chains, &Work::of(code, reach, &[])),
            pools: Client::all(chains, &[Means::Pool]),
            grpc_clients: Client::all(chains, &[Means::GrpcClient]),
        }
    }
}
