using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Egress.Benchmarks.Commands;

// The first argument names a command of this program. Options alone are those of BenchmarkDotNet.
if (args is [] or [['-', ..], ..])
{
    // BenchmarkDotNet runs in this process, so that it does not restore and build a project of its own.
    var job = Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance);
    BenchmarkSwitcher.FromAssembly(typeof(BenchmarkCommands).Assembly).Run(args, ManualConfig.Create(DefaultConfig.Instance).AddJob(job));
    return 0;
}

return await BenchmarkCommands.Create().Parse(args).InvokeAsync();
