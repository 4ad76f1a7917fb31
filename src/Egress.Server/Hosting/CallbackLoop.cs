using Egress.Callbacks.Delivery;

namespace Egress.Server.Hosting;

/// <summary>Delivers callbacks while the server runs. What is under way when it stops is ended, or given back when the time is over.</summary>
internal sealed class CallbackLoop(CallbackWorker worker) : IHostedService, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _abort = new();
    private Task _run = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _run = worker.RunAsync(_stopping.Token, _abort.Token);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await using var limit = cancellationToken.Register(_abort.Cancel);
        await _run;
    }

    public void Dispose()
    {
        _stopping.Dispose();
        _abort.Dispose();
    }
}
