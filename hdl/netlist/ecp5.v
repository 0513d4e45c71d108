// Blocks of the ECP5 for which Yosys has no simulation model, as far as netlists of this project use them: any
// other setting is an error, and clocks are CLK0, CLKA and CLKB as they are.

// 18 x 18 bits, unsigned, one clock, a register where a stage names it.
// Source: FPGA-TN-02205, sysDSP usage guide.
module MULT18X18D (
    input CLK0, CLK1, CLK2, CLK3, CE0, CE1, CE2, CE3, RST0, RST1, RST2, RST3,
    input SIGNEDA, SIGNEDB, SOURCEA, SOURCEB,
    input A17, A16, A15, A14, A13, A12, A11, A10, A9, A8, A7, A6, A5, A4, A3, A2, A1, A0,
    input B17, B16, B15, B14, B13, B12, B11, B10, B9, B8, B7, B6, B5, B4, B3, B2, B1, B0,
    output P35, P34, P33, P32, P31, P30, P29, P28, P27, P26, P25, P24, P23, P22, P21, P20, P19, P18, P17, P16, P15,
        P14, P13, P12, P11, P10, P9, P8, P7, P6, P5, P4, P3, P2, P1, P0
);
  parameter REG_INPUTA_CLK = "NONE", REG_INPUTA_CE = "CE0", REG_INPUTA_RST = "RST0";
  parameter REG_INPUTB_CLK = "NONE", REG_INPUTB_CE = "CE0", REG_INPUTB_RST = "RST0";
  parameter REG_PIPELINE_CLK = "NONE", REG_PIPELINE_CE = "CE0", REG_PIPELINE_RST = "RST0";
  parameter REG_OUTPUT_CLK = "NONE", REG_OUTPUT_CE = "CE0", REG_OUTPUT_RST = "RST0";
  parameter GSR = "ENABLED";

  wire [17:0] a_in = {A17, A16, A15, A14, A13, A12, A11, A10, A9, A8, A7, A6, A5, A4, A3, A2, A1, A0};
  wire [17:0] b_in = {B17, B16, B15, B14, B13, B12, B11, B10, B9, B8, B7, B6, B5, B4, B3, B2, B1, B0};
  reg [17:0] a, b;
  reg [35:0] middle, last;
  wire [17:0] a_seen = REG_INPUTA_CLK == "CLK0" ? a : a_in;
  wire [17:0] b_seen = REG_INPUTB_CLK == "CLK0" ? b : b_in;
  wire [35:0] array = {18'd0, a_seen} * {18'd0, b_seen};
  wire [35:0] middle_seen = REG_PIPELINE_CLK == "CLK0" ? middle : array;
  wire [35:0] last_seen = REG_OUTPUT_CLK == "CLK0" ? last : middle_seen;
  // What has no model gives a product that no test takes for one.
  assign {P35, P34, P33, P32, P31, P30, P29, P28, P27, P26, P25, P24, P23, P22, P21, P20, P19, P18, P17, P16, P15,
      P14, P13, P12, P11, P10, P9, P8, P7, P6, P5, P4, P3, P2, P1, P0} = SIGNEDA || SIGNEDB || SOURCEA || SOURCEB ?
      36'd0 : last_seen;
  always @(posedge CLK0)
    if (RST0) begin
      a <= 0;
      b <= 0;
      middle <= 0;
      last <= 0;
    end else if (CE0) begin
      a <= a_in;
      b <= b_in;
      middle <= array;
      last <= middle_seen;
    end
endmodule

// 2048 bytes of 9 bits, two ports without output registers. A port of 18 bits has its byte enables in AD0 and AD1,
// one of 36 in AD0 to AD3; one of 1 bit has its bit there. Of 36 bits, A writes (low half in DIA, high half in
// DIB) and B reads (low half in DOA, high half in DOB).
// A read meets what was there before a write in the same cycle; resets are synchronous.
// Source: FPGA-TN-02204, memory usage guide; the order of the halves as Yosys and nextpnr have it.
module DP16KD (
    input CLKA, CEA, OCEA, WEA, RSTA, CSA0, CSA1, CSA2,
    input CLKB, CEB, OCEB, WEB, RSTB, CSB0, CSB1, CSB2,
    input ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5, ADA4, ADA3, ADA2, ADA1, ADA0,
    input ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5, ADB4, ADB3, ADB2, ADB1, ADB0,
    input DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9, DIA8, DIA7, DIA6, DIA5, DIA4, DIA3, DIA2,
        DIA1, DIA0,
    input DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9, DIB8, DIB7, DIB6, DIB5, DIB4, DIB3, DIB2,
        DIB1, DIB0,
    output DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9, DOA8, DOA7, DOA6, DOA5, DOA4, DOA3, DOA2,
        DOA1, DOA0,
    output DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9, DOB8, DOB7, DOB6, DOB5, DOB4, DOB3, DOB2,
        DOB1, DOB0
);
  parameter DATA_WIDTH_A = 18, DATA_WIDTH_B = 18;
  parameter REGMODE_A = "NOREG", REGMODE_B = "NOREG", RESETMODE = "SYNC", ASYNC_RESET_RELEASE = "SYNC";
  parameter CSDECODE_A = "0b000", CSDECODE_B = "0b000", WRITEMODE_A = "NORMAL", WRITEMODE_B = "NORMAL";
  parameter CLKAMUX = "CLKA", CLKBMUX = "CLKB", GSR = "DISABLED", INITVAL = 0;
  parameter [319:0] INITVAL_00 = 0, INITVAL_01 = 0, INITVAL_02 = 0, INITVAL_03 = 0, INITVAL_04 = 0, INITVAL_05 = 0,
      INITVAL_06 = 0, INITVAL_07 = 0;
  parameter [319:0] INITVAL_08 = 0, INITVAL_09 = 0, INITVAL_0A = 0, INITVAL_0B = 0, INITVAL_0C = 0, INITVAL_0D = 0,
      INITVAL_0E = 0, INITVAL_0F = 0;
  parameter [319:0] INITVAL_10 = 0, INITVAL_11 = 0, INITVAL_12 = 0, INITVAL_13 = 0, INITVAL_14 = 0, INITVAL_15 = 0,
      INITVAL_16 = 0, INITVAL_17 = 0;
  parameter [319:0] INITVAL_18 = 0, INITVAL_19 = 0, INITVAL_1A = 0, INITVAL_1B = 0, INITVAL_1C = 0, INITVAL_1D = 0,
      INITVAL_1E = 0, INITVAL_1F = 0;
  parameter [319:0] INITVAL_20 = 0, INITVAL_21 = 0, INITVAL_22 = 0, INITVAL_23 = 0, INITVAL_24 = 0, INITVAL_25 = 0,
      INITVAL_26 = 0, INITVAL_27 = 0;
  parameter [319:0] INITVAL_28 = 0, INITVAL_29 = 0, INITVAL_2A = 0, INITVAL_2B = 0, INITVAL_2C = 0, INITVAL_2D = 0,
      INITVAL_2E = 0, INITVAL_2F = 0;
  parameter [319:0] INITVAL_30 = 0, INITVAL_31 = 0, INITVAL_32 = 0, INITVAL_33 = 0, INITVAL_34 = 0, INITVAL_35 = 0,
      INITVAL_36 = 0, INITVAL_37 = 0;
  parameter [319:0] INITVAL_38 = 0, INITVAL_39 = 0, INITVAL_3A = 0, INITVAL_3B = 0, INITVAL_3C = 0, INITVAL_3D = 0,
      INITVAL_3E = 0, INITVAL_3F = 0;
  generate
    if ((DATA_WIDTH_A != 1 && DATA_WIDTH_A != 9 && DATA_WIDTH_A != 18 && DATA_WIDTH_A != 36) ||
        (DATA_WIDTH_B != 1 && DATA_WIDTH_B != 9 && DATA_WIDTH_B != 18 && DATA_WIDTH_B != 36) ||
        REGMODE_A != "NOREG" || REGMODE_B != "NOREG" || CLKAMUX != "CLKA" || CLKBMUX != "CLKB" ||
        CSDECODE_A != "0b000" || CSDECODE_B != "0b000" ||
        WRITEMODE_A == "WRITETHROUGH" || WRITEMODE_B == "WRITETHROUGH")
      A_SETTING_OF_DP16KD_WITHOUT_A_MODEL missing();
  endgenerate

  // Sixteen words of 18 bits, 20 apart, in each value.
  localparam [64 * 320 - 1:0] INITIAL = {INITVAL_3F, INITVAL_3E, INITVAL_3D, INITVAL_3C, INITVAL_3B, INITVAL_3A,
      INITVAL_39, INITVAL_38, INITVAL_37, INITVAL_36, INITVAL_35, INITVAL_34, INITVAL_33, INITVAL_32, INITVAL_31,
      INITVAL_30, INITVAL_2F, INITVAL_2E, INITVAL_2D, INITVAL_2C, INITVAL_2B, INITVAL_2A, INITVAL_29, INITVAL_28,
      INITVAL_27, INITVAL_26, INITVAL_25, INITVAL_24, INITVAL_23, INITVAL_22, INITVAL_21, INITVAL_20, INITVAL_1F,
      INITVAL_1E, INITVAL_1D, INITVAL_1C, INITVAL_1B, INITVAL_1A, INITVAL_19, INITVAL_18, INITVAL_17, INITVAL_16,
      INITVAL_15, INITVAL_14, INITVAL_13, INITVAL_12, INITVAL_11, INITVAL_10, INITVAL_0F, INITVAL_0E, INITVAL_0D,
      INITVAL_0C, INITVAL_0B, INITVAL_0A, INITVAL_09, INITVAL_08, INITVAL_07, INITVAL_06, INITVAL_05, INITVAL_04,
      INITVAL_03, INITVAL_02, INITVAL_01, INITVAL_00};
  reg [8:0] bytes[0:2047];
  integer i;
  initial
    for (i = 0; i < 1024; i = i + 1) begin
      bytes[2 * i] = INITIAL[20 * i +: 9];
      bytes[2 * i + 1] = INITIAL[20 * i + 9 +: 9];
    end

  wire [13:0] ada = {ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5, ADA4, ADA3, ADA2, ADA1, ADA0};
  wire [13:0] adb = {ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5, ADB4, ADB3, ADB2, ADB1, ADB0};
  wire [17:0] dia = {DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9, DIA8, DIA7, DIA6, DIA5, DIA4, DIA3,
      DIA2, DIA1, DIA0};
  wire [17:0] dib = {DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9, DIB8, DIB7, DIB6, DIB5, DIB4, DIB3,
      DIB2, DIB1, DIB0};
  wire [35:0] written_a = DATA_WIDTH_A == 36 ? {dib, dia} : {18'd0, dia};
  wire [35:0] written_b = {18'd0, dib};
  // First byte of the word that an address names, and the bytes that are written.
  localparam BYTES_A = DATA_WIDTH_A / 9, BYTES_B = DATA_WIDTH_B / 9;
  wire [10:0] first_a = DATA_WIDTH_A == 36 ? {ada[13:5], 2'd0} : DATA_WIDTH_A == 18 ? {ada[13:4], 1'd0} : ada[13:3];
  wire [10:0] first_b = DATA_WIDTH_B == 36 ? {adb[13:5], 2'd0} : DATA_WIDTH_B == 18 ? {adb[13:4], 1'd0} : adb[13:3];
  wire [3:0] enable_a = DATA_WIDTH_A == 36 ? ada[3:0] : DATA_WIDTH_A == 18 ? {2'd0, ada[1:0]} : 4'd1;
  wire [3:0] enable_b = DATA_WIDTH_B == 18 ? {2'd0, adb[1:0]} : DATA_WIDTH_B == 9 ? 4'd1 : 4'd0;
  wire active_a = CEA && !CSA0 && !CSA1 && !CSA2;
  wire active_b = CEB && !CSB0 && !CSB1 && !CSB2;

  reg [17:0] read_a;
  reg [35:0] read_b;
  integer byte_a, byte_b;
  always @(posedge CLKA)
    if (RSTA) read_a <= 0;
    else if (active_a) begin
      if (!WEA || WRITEMODE_A == "READBEFOREWRITE")
        for (byte_a = 0; byte_a < 2 && byte_a < BYTES_A; byte_a = byte_a + 1)
          read_a[9 * byte_a +: 9] <= bytes[first_a + byte_a];
      if (DATA_WIDTH_A == 1 && (!WEA || WRITEMODE_A == "READBEFOREWRITE"))
        read_a[0] <= bytes[first_a][ada[2:0]];
      for (byte_a = 0; byte_a < BYTES_A; byte_a = byte_a + 1)
        if (WEA && enable_a[byte_a]) bytes[first_a + byte_a] <= written_a[9 * byte_a +: 9];
      if (DATA_WIDTH_A == 1 && WEA) bytes[first_a][ada[2:0]] <= dia[0];
    end
  always @(posedge CLKB)
    if (RSTB) read_b <= 0;
    else if (active_b) begin
      if (!WEB || WRITEMODE_B == "READBEFOREWRITE")
        for (byte_b = 0; byte_b < BYTES_B; byte_b = byte_b + 1)
          read_b[9 * byte_b +: 9] <= bytes[first_b + byte_b];
      if (DATA_WIDTH_B == 1 && (!WEB || WRITEMODE_B == "READBEFOREWRITE"))
        read_b[0] <= bytes[first_b][adb[2:0]];
      for (byte_b = 0; byte_b < BYTES_B; byte_b = byte_b + 1)
        if (WEB && enable_b[byte_b]) bytes[first_b + byte_b] <= written_b[9 * byte_b +: 9];
      if (DATA_WIDTH_B == 1 && WEB) bytes[first_b][adb[2:0]] <= dib[0];
    end
  assign {DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9, DOA8, DOA7, DOA6, DOA5, DOA4, DOA3, DOA2,
      DOA1, DOA0} = DATA_WIDTH_B == 36 ? read_b[17:0] : read_a;
  assign {DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9, DOB8, DOB7, DOB6, DOB5, DOB4, DOB3, DOB2,
      DOB1, DOB0} = DATA_WIDTH_B == 36 ? read_b[35:18] : read_b[17:0];
endmodule
