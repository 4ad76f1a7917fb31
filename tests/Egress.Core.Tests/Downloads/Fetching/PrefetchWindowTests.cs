using Egress.Downloads.Fetching;
using Xunit;

namespace Egress.Core.Tests.Downloads.Fetching;

public sealed class PrefetchWindowTests
{
    private const long Most = 16 << 20;

    private readonly PrefetchWindow _window = new(Most);

    [Fact]
    public void The_window_grows_while_the_reader_waits_up_to_the_memory_of_a_download()
    {
        var sizes = Enumerable.Range(0, 8).Select(_ =>
        {
            _window.Taken(waits: true, storageIsIdle: false);
            return _window.Bytes >> 10;
        });
        Assert.Equal([512, 1024, 2048, 4096, 8192, 16384, 16384, 16384], sizes);
    }

    [Fact]
    public void The_window_shrinks_while_everything_waits_for_the_reader()
    {
        Grow();
        for (var i = 0; i < 10; i++)
        {
            _window.Taken(waits: false, storageIsIdle: true);
        }

        Assert.Equal(PrefetchWindow.Smallest, _window.Bytes);
    }

    [Fact]
    public void The_window_stays_while_the_storage_is_busy()
    {
        Grow();
        _window.Taken(waits: false, storageIsIdle: false);
        _window.Taken(waits: false, storageIsIdle: false);
        Assert.Equal(Most, _window.Bytes);
    }

    [Fact]
    public void Bytes_that_arrived_while_the_reader_waited_do_not_shrink_the_window()
    {
        Grow();
        _window.Taken(waits: false, storageIsIdle: true);
        Assert.Equal(Most, _window.Bytes);
        _window.Taken(waits: false, storageIsIdle: true);
        Assert.Equal(Most / 2, _window.Bytes);
    }

    private void Grow()
    {
        while (_window.Bytes < Most)
        {
            _window.Taken(waits: true, storageIsIdle: false);
        }
    }
}
