//! A signal whose width is known when the design is built, not when it is compiled.
//!
//! rust-hdl's `Signal<D, Bits<N>>` fixes the width as a const generic; operands here are as wide as
//! the curve's modulus, the window or the memory make them, and a parameter sweep must not need a
//! compiler. A [`Wire`] is an ordinary rust-hdl atom in every other respect: it connects in
//! `#[hdl_gen]`, is checked for being driven, and prints as a port or a local `reg`. It carries no
//! simulation value: Verilator is the reference for everything built from wires.

use std::marker::PhantomData;

use rust_hdl::core::constraint::PinConstraint;
use rust_hdl::core::signal::get_signal_id;
use rust_hdl::prelude::*;

/// What [`Wire::val`] yields: a stand-in that lets `#[hdl_gen]` bodies type-check.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub(crate) struct Value;

/// A port (`In`, `Out`) or internal signal (`Local`) of run-time width.
#[derive(Clone, Debug)]
pub(crate) struct Wire<D: Direction> {
    /// Assigned in `#[hdl_gen]` bodies.
    pub(crate) next: Value,
    width: usize,
    claimed: bool,
    id: usize,
    direction: PhantomData<D>,
}

impl<D: Direction> Wire<D> {
    pub(crate) fn new(width: usize) -> Self {
        Wire {
            next: Value,
            width,
            claimed: false,
            id: get_signal_id(),
            direction: PhantomData,
        }
    }

    pub(crate) fn val(&self) -> Value {
        Value
    }

    /// Marks an output as driven by the block's own text.
    pub(crate) fn claim_output(&mut self) {
        if D::KIND == AtomKind::OutputParameter {
            self.claimed = true;
        }
    }
}

macro_rules! value_operator {
    ($($operator:ident $method:ident),*) => {
        $(impl std::ops::$operator for Value {
            type Output = Value;
            fn $method(self, _: Value) -> Value {
                Value
            }
        })*
    };
}
value_operator!(Add add, Sub sub, BitAnd bitand, BitOr bitor, BitXor bitxor);

impl std::ops::Not for Value {
    type Output = Value;
    fn not(self) -> Value {
        Value
    }
}

impl<const N: usize> From<Bits<N>> for Value {
    fn from(_: Bits<N>) -> Value {
        Value
    }
}

impl From<bool> for Value {
    fn from(_: bool) -> Value {
        Value
    }
}

impl From<Clock> for Value {
    fn from(_: Clock) -> Value {
        Value
    }
}

impl<const N: usize> From<Value> for Bits<N> {
    fn from(_: Value) -> Bits<N> {
        Bits::default()
    }
}

impl From<Value> for bool {
    fn from(_: Value) -> bool {
        false
    }
}

impl From<Value> for Clock {
    fn from(_: Value) -> Clock {
        Clock::default()
    }
}

impl<D: Direction> Logic for Wire<D> {
    fn update(&mut self) {}
    fn connect(&mut self) {
        self.claimed = true;
    }
}

impl<D: Direction> Block for Wire<D> {
    fn connect_all(&mut self) {}
    fn update_all(&mut self) {}
    fn has_changed(&self) -> bool {
        false
    }
    fn accept(&self, name: &str, probe: &mut dyn Probe) {
        probe.visit_atom(name, self);
    }
}

impl<D: Direction> Atom for Wire<D> {
    fn bits(&self) -> usize {
        self.width
    }
    fn connected(&self) -> bool {
        self.claimed
    }
    fn changed(&self) -> bool {
        false
    }
    fn kind(&self) -> AtomKind {
        D::KIND
    }
    fn descriptor(&self) -> TypeDescriptor {
        TypeDescriptor {
            name: format!("Wire{}", self.width),
            kind: TypeKind::Bits(self.width),
        }
    }
    fn vcd(&self) -> VCDValue {
        false.into()
    }
    fn id(&self) -> usize {
        self.id
    }
    fn verilog(&self) -> VerilogLiteral {
        false.into()
    }
    fn constraints(&self) -> Vec<PinConstraint> {
        vec![]
    }
}

impl<D: Direction> LogicLink for Wire<D> {
    fn link(&mut self, _other: &mut Self) {}
    fn link_hdl(my_name: &str, this: &str, that: &str) -> Vec<ast::VerilogLink> {
        let details = ast::VerilogLinkDetails {
            my_name: my_name.into(),
            owner_name: this.into(),
            other_name: that.into(),
        };
        match D::KIND {
            AtomKind::InputParameter => vec![ast::VerilogLink::Forward(details)],
            _ => vec![ast::VerilogLink::Backward(details)],
        }
    }
    fn link_connect_source(&mut self) {
        if D::KIND == AtomKind::OutputParameter {
            self.claimed = true;
        }
    }
    fn link_connect_dest(&mut self) {
        if D::KIND == AtomKind::InputParameter {
            self.claimed = true;
        }
    }
}
