//! Times Regorus as tests/bench/rego_peer.c times our engine; the line is the same.
//!
//!     regorus-peer interpreter|machine QUERY INPUT ROUNDS FILE...

use std::sync::Arc;
use std::time::Instant;

use anyhow::{bail, Context, Result};
use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::vm::RegoVM;
use regorus::{Engine, Value};

fn microseconds(since: Instant) -> f64 {
    since.elapsed().as_nanos() as f64 / 1e3
}

fn peak_kib() -> Result<u64> {
    let text = std::fs::read_to_string("/proc/self/status")?;
    let line = text.lines().find(|l| l.starts_with("VmHWM:")).context("no VmHWM")?;
    Ok(line.split_whitespace().nth(1).context("no number")?.parse()?)
}

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().collect();
    if args.len() < 6 {
        bail!("usage: regorus-peer interpreter|machine QUERY INPUT ROUNDS FILE...");
    }
    let rounds: usize = args[4].parse()?;
    let input = Value::from_json_str(&std::fs::read_to_string(&args[3])?)?;

    let start = Instant::now();
    let mut engine = Engine::new();
    for name in &args[5..] {
        engine.add_policy(name.clone(), std::fs::read_to_string(name)?)?;
    }
    let entry: Arc<str> = Arc::from(args[2].as_str());
    let compiled = engine.compile_with_entrypoint(&entry)?;
    let mut vm = RegoVM::new();
    vm.set_max_instructions(usize::MAX);
    let machine = args[1] == "machine";
    if machine {
        vm.load_program(Compiler::compile_from_policy(&compiled, &[args[2].as_str()])?);
    }
    let compile = microseconds(start);

    let mut times = Vec::with_capacity(rounds);
    let mut result = Value::Undefined;
    for _ in 0..rounds.max(1) {
        let start = Instant::now();
        result = if machine {
            vm.set_input(input.clone());
            vm.execute()?
        } else {
            compiled.eval_with_input(input.clone())?
        };
        times.push(microseconds(start));
    }
    times.sort_by(f64::total_cmp);
    println!(
        "{{\"compile_us\":{compile},\"eval_us\":{},\"rss_kib\":{},\"result\":{}}}",
        times[times.len() / 2],
        peak_kib()?,
        if result == Value::Undefined { "null".to_string() } else { result.to_json_str()? }
    );
    Ok(())
}
