using System.Globalization;
using System.Text;
using Egress.Hosting;
using Xunit;

namespace Egress.Core.Tests.Hosting;

public sealed class LineOutputTests
{
    private readonly GatedStream _stream = new();

    [Fact]
    public void A_line_is_written_when_the_call_returns()
    {
        _stream.Open();
        var output = new LineOutput(_stream);
        output.Write("first\n"u8);
        Assert.Equal("first\n", _stream.Text);
        output.Write("second\n"u8);
        Assert.Equal("first\nsecond\n", _stream.Text);
    }

    [Fact]
    public async Task Lines_of_many_threads_are_whole_and_in_the_order_of_each_thread()
    {
        _stream.Open();
        var output = new LineOutput(_stream, mostPending: 100);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Factory.StartNew(
            () =>
            {
                for (var i = 0; i < 2000; i++)
                {
                    output.Write(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{thread} {i}\n")));
                }
            },
            TestContext.Current.CancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));
        var lines = _stream.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).GroupBy(line => line[0], line => line[2..]).ToList();
        Assert.Equal(8, lines.Count);
        Assert.All(lines, line => Assert.Equal(Enumerable.Range(0, 2000).Select(i => i.ToString(CultureInfo.InvariantCulture)), line));
    }

    [Fact]
    public async Task A_line_that_is_logged_during_a_write_does_not_wait_for_it()
    {
        var output = new LineOutput(_stream);
        var writing = Start(() => output.Write("first\n"u8));
        await _stream.Entered;
        output.Write("second\n"u8);
        output.Write("third\n"u8);
        Assert.Equal("", _stream.Text);
        _stream.Open();
        await writing;
        Assert.Equal(("first\nsecond\nthird\n", 2), (_stream.Text, _stream.Writes));
    }

    [Fact]
    public async Task Logging_waits_when_too_much_is_pending_and_loses_nothing()
    {
        var output = new LineOutput(_stream, mostPending: 8);
        var writing = Start(() => output.Write("first\n"u8));
        await _stream.Entered;
        output.Write("second\n"u8);
        var waiting = Start(() => output.Write("a line that is longer than the limit\n"u8));
        Assert.False(waiting.IsCompleted);
        _stream.Open();
        await writing;
        await waiting;
        Assert.Equal("first\nsecond\na line that is longer than the limit\n", _stream.Text);
    }

    [Fact]
    public void An_output_that_fails_does_not_fail_what_logs()
    {
        _stream.Open();
        _stream.Fails = true;
        var output = new LineOutput(_stream);
        output.Write("lost\n"u8);
        _stream.Fails = false;
        output.Write("next\n"u8);
        Assert.Equal("next\n", _stream.Text);
    }

    private static Task Start(Action write) =>
        Task.Factory.StartNew(write, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>A stream whose writes wait until the test opens it.</summary>
    private sealed class GatedStream : MemoryStream
    {
        private readonly ManualResetEventSlim _open = new();
        private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly StringBuilder _text = new();

        public Task Entered => _entered.Task;

        public int Writes { get; private set; }

        public bool Fails { get; set; }

        public string Text
        {
            get
            {
                lock (_text)
                {
                    return _text.ToString();
                }
            }
        }

        public void Open() => _open.Set();

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            _entered.TrySetResult();
            _open.Wait(TestContext.Current.CancellationToken);
            if (Fails)
            {
                throw new IOException("full");
            }

            lock (_text)
            {
                Writes++;
                _text.Append(Encoding.UTF8.GetString(buffer));
            }
        }

        protected override void Dispose(bool disposing)
        {
            _open.Dispose();
            base.Dispose(disposing);
        }
    }
}
