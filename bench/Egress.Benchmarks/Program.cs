using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Egress.Benchmarks.Commands;

// Words are commands of ours; options alone are BenchmarkDotNet's.
if (args is [] or [['-', ..], ..])
{
    // In this process: nothing has to be restored or built in its own folder.
    var job = Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance);
    BenchmarkSwitcher.FromAssembly(typeof(BenchmarkCommands).Assembly).Run(args, ManualConfig.Create(DefaultConfig.Instance).AddJob(job));
    return 0;
}

return await BenchmarkCommands.Create().Parse(args).InvokeAsync();
