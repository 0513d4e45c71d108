//! [`leaf_block!`]: a rust-hdl block whose ports are [`Wire`](super::Wire)s and whose body is
//! Verilog text made from a configuration record.

/// Declares a leaf block.
///
/// ```text
/// leaf_block! {
///     /// Contract.
///     Name(config: NameConfig) = name_body;
///     In clock: 1;
///     Out data: config.width;
/// }
/// ```
/// `name_body: fn(&NameConfig) -> String` writes the statements of the module; outputs are `reg`s.
macro_rules! leaf_block {
    ($(#[$meta:meta])* $name:ident($config:ident: $config_type:ty) = $body:path;
     $($direction:ident $port:ident: $width:expr;)*) => {
        $(#[$meta])*
        #[derive(rust_hdl::prelude::LogicBlock)]
        pub(crate) struct $name {
            $(pub(crate) $port: $crate::rtl::Wire<$direction>,)*
            _config: $config_type,
        }

        impl $name {
            #[allow(clippy::redundant_clone)]
            pub(crate) fn new($config: &$config_type) -> Self {
                $name {
                    $($port: $crate::rtl::Wire::new($width),)*
                    _config: $config.clone(),
                }
            }
        }

        impl rust_hdl::prelude::Logic for $name {
            fn update(&mut self) {}
            fn connect(&mut self) {
                $(self.$port.claim_output();)*
            }
            fn hdl(&self) -> rust_hdl::prelude::Verilog {
                rust_hdl::prelude::Verilog::Custom($body(&self._config))
            }
        }
    };
}
pub(crate) use leaf_block;
