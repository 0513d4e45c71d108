# Reports of a routed checkpoint: vivado -mode batch -source report_checkpoint.tcl -tclargs DCP FOLDER
open_checkpoint [lindex $argv 0]
set reports [lindex $argv 1]
source [file join [file dirname [info script]] reports.tcl]
close_design
