# Synthesis of the custom logic of AWS F2, between the HDK's own header and footer.
#
# Run by the HDK's build_all.tcl, which sets CL, DEVICE_TYPE and the folders used here and defines
# `print`. The sources are those that encrypt.tcl copied from the design folder.

source ${HDK_SHELL_DIR}/build/scripts/synth_cl_header.tcl

print "Reading sources"
read_verilog -sv [glob ${src_post_enc_dir}/*.sv]
read_verilog [glob ${src_post_enc_dir}/*.v]

print "Reading IP: the DDR4 controller behind sh_ddr"
read_ip ${HDK_IP_SRC_DIR}/cl_ddr4/cl_ddr4.xci

update_compile_order -fileset sources_1
print "Synthesising ${CL}"
synth_design -mode out_of_context -top ${CL} -part ${DEVICE_TYPE} \
    -include_dirs [list ${src_post_enc_dir} ${HDK_SHELL_DESIGN_DIR}/interfaces] \
    -verilog_define XSDB_SLV_DIS -verilog_define USE_64GB_DDR_DIMM -keep_equivalent_registers

source ${HDK_SHELL_DIR}/build/scripts/synth_cl_footer.tcl
