# Packages a generated kernel as an RTL kernel of Vitis: an IP, and of it a .xo.
#
#   vivado -mode batch -source package_kernel.tcl -tclargs SETTINGS
#
# SETTINGS is the file of variables that plan.py writes. kernel.xml is given rather than inferred: it
# comes from the ABI.

source [lindex $argv 0]

create_project -force package [file join $out package] -part $part
add_files -norecurse $sources
add_files -fileset constrs_1 -norecurse $constraints
set_property USED_IN {synthesis out_of_context} [get_files $constraints]
set_property top $kernel [current_fileset]
update_compile_order -fileset sources_1

set ip [file join $out ip]
ipx::package_project -root_dir $ip -vendor $vendor -library $library -taxonomy /KernelIP \
    -import_files -set_current false
ipx::unload_core [file join $ip component.xml]
ipx::edit_ip_in_project -upgrade true -name edit_ip -directory $ip [file join $ip component.xml]

set core [ipx::current_core]
set_property name $kernel $core
set_property version $version $core
set_property core_revision 1 $core
set_property sdx_kernel true $core
set_property sdx_kernel_type rtl $core
set_property supported_families {} $core
set_property auto_family_support_level level_2 $core

# One clock and its reset for every interface.
ipx::infer_bus_interface ap_clk xilinx.com:signal:clock_rtl:1.0 $core
ipx::infer_bus_interface ap_rst_n xilinx.com:signal:reset_rtl:1.0 $core
ipx::associate_bus_interfaces -clock ap_clk -reset ap_rst_n $core
foreach name [concat [list $slave] $masters] {
    ipx::associate_bus_interfaces -busif $name -clock ap_clk $core
}

ipx::create_xgui_files $core
ipx::update_checksums $core
ipx::check_integrity -kernel $core
ipx::save_core $core
close_project -delete

package_xo -force -xo_path [file join $out $kernel.xo] -kernel_name $kernel -ip_directory $ip \
    -kernel_xml $kernel_xml -ctrl_protocol ap_ctrl_chain
