using Egress.Callbacks.Outbox;
using Egress.Downloads.Streaming;
using Egress.Links.Budgets;

namespace Egress.Http;

/// <summary>The resources of a response. Disposing it releases them, unless they were moved to the work after the response.</summary>
/// <param name="reservation">The share of the download in the limit of its link; null without a limit.</param>
internal sealed class DownloadParts(LinkReservation? reservation) : IAsyncDisposable
{
    private bool _isHandedOver;

    /// <summary>The share of the download in the limit of its link; null without a limit.</summary>
    public LinkReservation? Reservation => reservation;

    /// <summary>The transfer; null until it is opened.</summary>
    public ArchiveTransfer? Transfer { get; set; }

    /// <summary>The callback; null if there is none.</summary>
    public IDownloadCallback? Callback { get; set; }

    /// <summary>Moves the parts to another owner, which disposes them. Afterwards disposing this object has no effect.</summary>
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
