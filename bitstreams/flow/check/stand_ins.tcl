# Recording stand-ins for Vivado's commands: a script runs against them under plain tclsh.
#
#   tclsh stand_ins.tcl WORLD SCRIPT [ARGUMENT...]
#
# WORLD is a Tcl file that sets what the design is made of:
#   world_cells     names of all cells; constraints must hit at least one
#   world_ports     names of the top's ports
#   world_top       name of the top
#   world_pblocks   names of pblocks that exist already
#   world_log       file to which every vendor command is written, one a line
# A command that is not known, an option it does not have, a file that does not exist and a pattern
# that hits nothing end the run with an error, as they end a build of hours.

set world [lindex $argv 0]
set script [lindex $argv 1]
set argv [lrange $argv 2 end]
set argc [llength $argv]

source $world
set world_files {}
set world_handle [open $world_log w]

proc record {args} {
    global world_handle
    puts $world_handle [string map {\n " "} $args]
    flush $world_handle
}

# Takes options off `words`: `known` is pairs of option and number of values. Gives a dictionary of
# options, with the rest under the key "rest".
proc options {command known words} {
    set found [dict create rest {}]
    while {[llength $words] > 0} {
        set words [lassign $words word]
        if {![string match -* $word] || [string is double -strict $word]} {
            dict lappend found rest $word
            continue
        }
        if {![dict exists $known $word]} {
            error "$command: it has no option $word"
        }
        set count [dict get $known $word]
        if {[llength $words] < $count} {
            error "$command: $word lacks its value"
        }
        dict set found $word [lrange $words 0 [expr {$count - 1}]]
        set words [lrange $words $count end]
    }
    return $found
}

# A command that takes these options and between `low` and `high` other arguments, and gives nothing.
proc simple {command low high known} {
    proc $command {args} [format {
        record {%1$s} {*}$args
        set rest [dict get [options {%1$s} {%4$s} $args] rest]
        if {[llength $rest] < %2$d || [llength $rest] > %3$d} {
            error "%1$s: takes %2$d to %3$d arguments, got [llength $rest]"
        }
    } $command $low $high $known]
}

proc need_file {command path} {
    if {![file exists $path]} {
        error "$command: $path does not exist"
    }
}

proc need_files {command paths} {
    global world_files
    foreach path $paths {
        need_file $command $path
        lappend world_files [file normalize $path]
    }
}

# ---------------------------------------------------------------- projects and files
simple create_project 0 2 {-force 0 -part 1 -in_memory 0}
simple close_project 0 0 {-delete 0}
simple close_design 0 0 {}
simple update_compile_order 0 0 {-fileset 1}
simple synth_design 0 0 {-mode 1 -top 1 -part 1 -include_dirs 1 -verilog_define 1 -keep_equivalent_registers 0}
simple set_param 2 2 {}
simple write_checkpoint 1 1 {-force 0}

proc add_files {args} {
    record add_files {*}$args
    set found [options add_files {-norecurse 0 -fileset 1} $args]
    need_files add_files [concat {*}[dict get $found rest]]
}

foreach command {read_verilog read_ip} {
    proc $command {args} [format {
        record %1$s {*}$args
        set found [options %1$s {-sv 0} $args]
        need_files %1$s [concat {*}[dict get $found rest]]
    } $command]
}

proc read_xdc {args} {
    record read_xdc {*}$args
    set found [options read_xdc {-ref 1} $args]
    foreach path [concat {*}[dict get $found rest]] {
        need_files read_xdc [list $path]
        uplevel #0 [list source $path]
    }
}

proc open_checkpoint {path} {
    record open_checkpoint $path
    need_file open_checkpoint $path
}

proc get_files {path} {
    global world_files
    if {[lsearch -exact $world_files [file normalize $path]] < 0} {
        error "get_files: $path is not in the project"
    }
    return $path
}

proc current_fileset {} { return sources_1 }
proc current_project {} { return project }

# ---------------------------------------------------------------- objects of the design
# In `get_cells {pattern}` a `*` stops at a `/`; in `-hierarchical -filter` it does not.
proc get_cells {args} {
    global world_cells
    set found [options get_cells {-hierarchical 0 -filter 1 -quiet 0} $args]
    set hits {}
    if {[dict exists $found -hierarchical]} {
        set filter [lindex [dict get $found -filter] 0]
        if {![regexp {^NAME =~ (\S+)$} $filter _ pattern]} {
            error "get_cells: the stand-in knows filters of the form {NAME =~ PATTERN}, not {$filter}"
        }
        foreach cell $world_cells {
            if {[string match $pattern $cell]} { lappend hits $cell }
        }
    } else {
        set pattern [lindex [dict get $found rest] 0]
        set depth [llength [split $pattern /]]
        foreach cell $world_cells {
            if {[string match $pattern $cell] && [llength [split $cell /]] == $depth} { lappend hits $cell }
        }
    }
    record get_cells $pattern -> [llength $hits]
    if {[llength $hits] == 0} {
        error "get_cells: $pattern hits no cell of the design"
    }
    return $hits
}

proc get_ports {name} {
    global world_ports
    if {[lsearch -exact $world_ports $name] < 0} {
        error "get_ports: the top has no port $name"
    }
    return $name
}

proc get_pblocks {name} {
    global world_pblocks
    if {[lsearch -exact $world_pblocks $name] < 0} {
        error "get_pblocks: there is no pblock $name"
    }
    return $name
}

# ---------------------------------------------------------------- constraints
proc create_pblock {name} {
    global world_pblocks
    record create_pblock $name
    if {[lsearch -exact $world_pblocks $name] >= 0} {
        error "create_pblock: $name exists"
    }
    lappend world_pblocks $name
}

proc resize_pblock {pblock args} {
    record resize_pblock $pblock {*}$args
    set sites [lindex [dict get [options resize_pblock {-add 1} $args] -add] 0]
    if {![regexp {^(SLR[0-3]|CLOCKREGION_X\d+Y\d+:CLOCKREGION_X\d+Y\d+)$} $sites]} {
        error "resize_pblock: $sites is no range of sites"
    }
}

proc add_cells_to_pblock {pblock cells} {
    global world_placed
    record add_cells_to_pblock $pblock $cells
    foreach cell $cells {
        if {[info exists world_placed($cell)]} {
            error "add_cells_to_pblock: $cell is in $world_placed($cell) already"
        }
        set world_placed($cell) $pblock
    }
}

simple create_clock 1 1 {-name 1 -period 1}

# Properties that the flow sets, and those of objects that need another property first.
set world_properties {
    top USED_IN name version core_revision sdx_kernel sdx_kernel_type supported_families
    auto_family_support_level PARENT MAX_FANOUT PROCESSING_ORDER XPM_LIBRARIES
}
proc set_property {name value object} {
    global world_properties world_top world_pblocks
    record set_property $name $value $object
    if {[lsearch -exact $world_properties $name] < 0} {
        error "set_property: the stand-in does not know the property $name"
    }
    if {$name eq "top" && $value ne $world_top} {
        error "set_property top: the design's top is $world_top, not $value"
    }
    if {$name eq "PARENT" && [lsearch -exact $world_pblocks $value] < 0} {
        error "set_property PARENT: there is no pblock $value"
    }
}

# ---------------------------------------------------------------- IP packaging
namespace eval ipx {}
set world_core ""

proc ipx::package_project {args} {
    record ipx::package_project {*}$args
    set found [options ipx::package_project \
        {-root_dir 1 -vendor 1 -library 1 -taxonomy 1 -import_files 0 -set_current 1} $args]
    set root [lindex [dict get $found -root_dir] 0]
    file mkdir $root
    close [open [file join $root component.xml] w]
    set ::world_ip $root
}

proc ipx::unload_core {path} {
    record ipx::unload_core $path
    need_file ipx::unload_core $path
}

proc ipx::edit_ip_in_project {args} {
    record ipx::edit_ip_in_project {*}$args
    set found [options ipx::edit_ip_in_project {-upgrade 1 -name 1 -directory 1} $args]
    need_file ipx::edit_ip_in_project [lindex [dict get $found rest] 0]
    set ::world_core core
}

proc ipx::current_core {} {
    if {$::world_core eq ""} { error "ipx::current_core: no core is open" }
    return $::world_core
}

proc ipx::infer_bus_interface {port type core} {
    record ipx::infer_bus_interface $port $type $core
    get_ports $port
}

# An AXI interface is inferred from ports named after it; it must be a whole one.
proc ipx::associate_bus_interfaces {args} {
    record ipx::associate_bus_interfaces {*}$args
    set found [options ipx::associate_bus_interfaces {-busif 1 -clock 1 -reset 1} $args]
    foreach option {-clock -reset} {
        if {[dict exists $found $option]} { get_ports [lindex [dict get $found $option] 0] }
    }
    if {[dict exists $found -busif]} {
        set name [lindex [dict get $found -busif] 0]
        foreach signal {araddr arvalid arready rdata rresp rvalid rready} {
            get_ports ${name}_$signal
        }
        set ::world_interfaces($name) 1
    }
}

simple ipx::create_xgui_files 1 1 {}
simple ipx::update_checksums 1 1 {}
simple ipx::check_integrity 1 1 {-kernel 0}
simple ipx::save_core 1 1 {}

proc package_xo {args} {
    record package_xo {*}$args
    set found [options package_xo \
        {-force 0 -xo_path 1 -kernel_name 1 -ip_directory 1 -kernel_xml 1 -ctrl_protocol 1} $args]
    need_file package_xo [lindex [dict get $found -kernel_xml] 0]
    if {[lindex [dict get $found -kernel_name] 0] ne $::world_top} {
        error "package_xo: the design's top is $::world_top"
    }
    if {[lindex [dict get $found -ip_directory] 0] ne $::world_ip} {
        error "package_xo: the IP was packaged in $::world_ip"
    }
    if {[lindex [dict get $found -ctrl_protocol] 0] ni {ap_ctrl_hs ap_ctrl_chain ap_ctrl_none user_managed}} {
        error "package_xo: unknown control protocol"
    }
    # Every interface that the ports show must have been given its clock.
    foreach port $::world_ports {
        if {[regexp {^(.*_axi_.*)_arvalid$} $port _ name] && ![info exists ::world_interfaces($name)]} {
            error "package_xo: interface $name has no clock"
        }
    }
}

# ---------------------------------------------------------------- reports
simple report_utilization 0 0 {-file 1 -slr 0}
simple report_timing_summary 0 0 {-file 1 -no_detailed_paths 0}

# What the HDK's build_all.tcl defines.
proc print {message} { record print $message }

rename unknown tcl_unknown
proc unknown {name args} {
    error "unknown command $name: not Tcl, and no vendor command that the stand-ins know"
}

if {[catch {source $script} message]} {
    puts stderr "$message"
    puts stderr "  in: [string map [list \n "\n  "] $errorInfo]"
    exit 1
}
close $world_handle
