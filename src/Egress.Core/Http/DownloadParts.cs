using Egress.Callbacks.Outbox;
using Egress.Downloads.Streaming;
using Egress.Links.Budgets;

namespace Egress.Http;

/// <summary>The resources of a response. Disposing this object releases them, unless they were handed over to the work after the response.</summary>
/// <param name="reservation">What the response has reserved of the link's limit; null if the link is not limited.</param>
internal sealed class DownloadParts(LinkReservation? reservation) : IAsyncDisposable
{
    private bool _isHandedOver;

    /// <summary>What the response has reserved of the link's limit; null if the link is not limited.</summary>
    public LinkReservation? Reservation => reservation;

    /// <summary>The transfer; null until it is opened.</summary>
    public ArchiveTransfer? Transfer { get; set; }

    /// <summary>The callback; null if there is none.</summary>
    public IDownloadCallback? Callback { get; set; }

    /// <summary>Returns the resources for another owner, which disposes them. Afterwards disposing this object has no effect.</summary>
    public DownloadParts HandOver()
    {
        _isHandedOver = true;
        return new DownloadParts(reservation) { Transfer = Transfer, Callback = Callback };
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_isHandedOver)
        {
            return;
        }

        await (Callback?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (Transfer?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (reservation?.DisposeAsync() ?? ValueTask.CompletedTask);
    }
}
