# Reports of a routed design, in the form that reports.py reads. `reports` names the folder.
report_utilization -file [file join $reports utilization.rpt]
report_utilization -slr -file [file join $reports utilization_slr.rpt]
report_timing_summary -no_detailed_paths -file [file join $reports timing.rpt]
