# make bench-spool [DIR=/var/tmp] [RECORDS=1000]: durable records a second, from 1 and from 8 writers at once.
SPOOL_BENCH := $(B)/tests/bench/spool_bench

$(SPOOL_BENCH): $(SPOOL_BENCH).o $(B)/lib.a
	$(call say,LD)$(CC) $(LDFLAGS) $(if $(filter release,$(MODE)),-pie) $^ $(TOOL_LIBS) -o $@

bench-spool: $(SPOOL_BENCH)
	@for writers in 1 8; do dir=$$(mktemp -d $(or $(DIR),/var/tmp)/sallyport-bench.XXXXXX); \
	  $(SPOOL_BENCH) $$dir/log $$writers $(or $(RECORDS),1000); status=$$?; rm -r $$dir; [ $$status = 0 ] || exit $$status; done

.PHONY: bench-spool
