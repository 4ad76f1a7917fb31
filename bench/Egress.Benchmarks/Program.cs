using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Egress.Benchmarks.Commands;

// The first argument is a command of this program. If there are only options, they are those of BenchmarkDotNet.
if (args is [] or [['-', ..], ..])
{
    // The benchmarks run in this process, because BenchmarkDotNet would otherwise restore and build a project for them.
    var job = Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance);
    BenchmarkSwitcher.FromAssembly(typeof(BenchmarkCommands).Assembly).Run(args, ManualConfig.Create(DefaultConfig.Instance).AddJob(job));
    return 0;
}

return await BenchmarkCommands.Create().Parse(args).InvokeAsync();
