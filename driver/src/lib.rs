//! Devices, buffers and jobs over one transport interface
