// PCIe identity of the image. The HDK's scripts read it for the manifest of the AFI.
`ifndef CL_ID_DEFINES
`define CL_ID_DEFINES
// Device 31:16 (Amazon's range for custom logic is F000 to F0FF), vendor 15:0.
`define CL_SH_ID0 32'hF064_1D0F
// Subsystem 31:16, subsystem vendor 15:0.
`define CL_SH_ID1 32'h5647_1D51
`endif
