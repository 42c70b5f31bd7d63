module sallyport.invalid/oracle

go 1.21

require github.com/opencontainers/runtime-spec v1.2.0
