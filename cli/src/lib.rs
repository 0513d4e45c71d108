//! The vegalith command
