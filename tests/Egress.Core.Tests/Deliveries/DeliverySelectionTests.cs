using Egress.Deliveries;
using Egress.Downloads;
using Xunit;

namespace Egress.Core.Tests.Deliveries;

public sealed class DeliverySelectionTests
{
    [Theory]
    [InlineData("1-4,9")]
    [InlineData(null)]
    public void A_delivery_names_its_selection_also_after_another_instance_has_read_it(string? selection)
    {
        var now = new DateTimeOffset(2025, 3, 9, 12, 0, 0, TimeSpan.Zero);
        var delivery = DeliveryForm.TryRead(DeliveryForm.Write(new Delivery
        {
            RecordId = "id",
            Url = "https://example.com",
            Length = 100,
            Selection = selection,
            FilesRequested = 5,
            FilesMissing = 0,
            FilesUnavailable = 0,
            BeganAt = now,
            SeenAt = now,
        }))!;
        delivery.Renew(new TrackedRange { Id = "a", Key = "k", From = 0, To = 100, IsWhole = true, Sent = 100 }, 5, "r", now);
        var times = new DeliveryTimes(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
        var outcome = delivery.Settle(times, now + TimeSpan.FromHours(1));
        Assert.Equal((DownloadStatus.Completed, selection), (outcome?.Status, outcome?.Selection));
    }
}
