# Sallyport: one Makefile for the whole tree.  MODE=release|debug|asan|cov|fuzz  STATIC=1|0  V=1
MODE   ?= release
STATIC ?= $(if $(filter release,$(MODE)),1,0)
B      := build/$(MODE)
PREFIX ?= /usr
VERSION := $(shell cat VERSION)

ROOMS := base policy/schema policy/value policy/machine policy/decide policy/rego policy/build \
         profiles facts audit audit/log audit/forward report runtime hooks cli
SRC   := $(foreach r,$(ROOMS),$(wildcard $(r)/*.c))
MAINS := $(filter %/main.c,$(SRC))
LIB   := $(filter-out %/main.c,$(SRC))
TESTS := $(wildcard tests/*/*_test.c)
FUZZ  := $(wildcard tests/fuzz/*_fuzz.c)
TOOLS := $(wildcard tests/tools/*.c)
obj    = $(patsubst %.c,$(B)/%.o,$(1))
exe    = $(patsubst %.c,$(B)/%,$(1))
probe  = $(shell $(CC) -Werror $(1) -x c -c /dev/null -o /dev/null 2>/dev/null && echo $(1))
probes = $(foreach f,$(1),$(call probe,$(f)))
say    = $(if $(V),,@echo '  $(1)  $@';)

WARN := -Wall -Wextra -Wformat=2 -Wconversion -Wsign-conversion -Wshadow -Wvla -Wundef \
        -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wwrite-strings \
        -Wcast-qual -Wpointer-arith -Wimplicit-fallthrough $(if $(WERROR),-Werror) \
        -Werror=implicit -Werror=int-conversion -Werror=incompatible-pointer-types \
        $(call probes,-Wlogical-op -Wduplicated-cond -Wduplicated-branches -Wtrampolines -Wbidi-chars=any)
HARD := -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fno-delete-null-pointer-checks \
        -fno-strict-overflow -fno-strict-aliasing \
        $(call probes,-fstack-clash-protection -fcf-protection=full -mbranch-protection=standard \
          -fstrict-flex-arrays=1 -ftrivial-auto-var-init=zero -fzero-init-padding-bits=all)
SAN  := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
LINK := -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,-z,separate-code -Wl,--as-needed -Wl,--gc-sections

mode.release := -O2 -g $(HARD) -fPIE -ffunction-sections -fdata-sections
mode.debug   := -Og -g3 -fPIE -fno-strict-aliasing
mode.asan    := -O1 -g $(SAN) -fno-strict-aliasing
mode.cov     := -O0 -g --coverage -fno-strict-aliasing
mode.fuzz    := -O1 -g $(SAN) -fsanitize=fuzzer-no-link -fno-strict-aliasing
$(if $(mode.$(MODE)),,$(error MODE must be release, debug, asan, cov or fuzz))

override CFLAGS  := -std=gnu17 -D_GNU_SOURCE -DSALLYPORT_VERSION='"$(VERSION)"' -I. -I$(B) \
                    -fvisibility=hidden $(WARN) $(mode.$(MODE)) $(CFLAGS)
override LDFLAGS := $(mode.$(MODE)) $(if $(filter release,$(MODE)),$(LINK)) $(LDFLAGS)

# What each program links. The two that stand on the start path are one static binary each.
SHIM_LIBS := -l:libyajl_s.a -lgmp -lnettle -lseccomp -lcap -lapparmor -lselinux -lpcre2-8 -lpthread
TOOL_LIBS := -lyajl -lgmp -lnettle -lseccomp -lcap -lapparmor -lselinux -laudit -lyaml -lcrypto -lssl -larchive -lcurl -lm -lpthread
shim_link := $(if $(filter 1,$(STATIC)),-static-pie,-pie)

PROGRAMS := $(B)/sallyport-runtime $(B)/sallyport-hook $(B)/sallyport
BUILT    := $(foreach p,$(PROGRAMS),$(if $(wildcard $(patsubst $(B)/sallyport-runtime,runtime,$(patsubst $(B)/sallyport-hook,hooks,$(patsubst $(B)/sallyport,cli,$(p))))/main.c),$(p)))

all: $(BUILT) $(B)/lib.a

$(B)/sallyport-runtime: $(B)/runtime/main.o $(B)/lib.a
	$(call say,LD)$(CC) $(LDFLAGS) $(shim_link) $^ $(SHIM_LIBS) -o $@
$(B)/sallyport-hook: $(B)/hooks/main.o $(B)/lib.a
	$(call say,LD)$(CC) $(LDFLAGS) $(shim_link) $^ $(SHIM_LIBS) -o $@
$(B)/sallyport: $(B)/cli/main.o $(B)/lib.a
	$(call say,LD)$(CC) $(LDFLAGS) -pie $^ $(TOOL_LIBS) -o $@

# make check [T=pattern]: unit tests; each file of tests is a program.
UNIT := $(call exe,$(if $(T),$(filter $(T),$(TESTS)),$(TESTS)))
check: check-programs
	@scripts/run-tests $(UNIT)
check-programs: $(UNIT) all

lint:
	@scripts/check-layers
	@clang-format --dry-run -Werror $(SRC) $(TESTS) $(FUZZ) $(foreach r,$(ROOMS),$(wildcard $(r)/*.h))

format:
	clang-format -i $(SRC) $(TESTS) $(FUZZ) $(foreach r,$(ROOMS),$(wildcard $(r)/*.h))

clean:
	$(RM) -r build

help:
	@sed -n '1s/^# //p' Makefile
	@echo 'targets: all check conformance bench fuzz lint format install clean'

# The flags are a prerequisite: change CC or CFLAGS and everything rebuilds.
$(B)/flags: FORCE
	@mkdir -p $(@D); echo '$(CC) $(CFLAGS) $(LDFLAGS)' | cmp -s - $@ || echo '$(CC) $(CFLAGS) $(LDFLAGS)' > $@

$(B)/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(CFLAGS) -MMD -MP -c $< -o $@

$(B)/lib.a: $(call obj,$(LIB))
	@$(RM) $@
	@$(AR) rcs $@ $^

$(call exe,$(TESTS) $(TOOLS)): $(B)/%: $(B)/%.o $(B)/lib.a
	$(call say,LD)$(CC) $(LDFLAGS) $(if $(filter release,$(MODE)),-pie) $^ -lcheck -lsubunit -lrt $(TOOL_LIBS) -o $@

$(call exe,$(FUZZ)): $(B)/%: $(B)/%.o $(B)/lib.a
	$(call say,LD)$(CC) $(LDFLAGS) -fsanitize=fuzzer $^ $(TOOL_LIBS) -o $@

include $(wildcard scripts/*.mk)

.PHONY: all check check-programs lint format clean help FORCE
.SECONDARY:
-include $(patsubst %.c,$(B)/%.d,$(SRC) $(TESTS) $(FUZZ) $(TOOLS))
