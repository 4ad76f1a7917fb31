using System.Globalization;
using System.Text.Json;
using Egress.Callbacks.Delivery;
using Egress.Exports;
using Egress.Queues;
using Egress.Settings;
using Egress.TestKit;
using Xunit;

namespace Egress.Core.Tests.Functions;

/// <summary>Compares host.json, the sample of the local settings and the project file with what the core expects of its host.</summary>
public sealed class FunctionsFilesTests
{
    private static readonly JsonElement HostJson = Parse("host.json");

    [Fact]
    public void The_time_limit_of_functions_is_the_one_that_the_core_assumes() => Assert.Equal(
        HostProfile.FunctionTimeout,
        Duration(HostJson, "functionTimeout"));

    [Fact]
    public void Our_own_limits_come_first()
    {
        Assert.InRange(HostProfile.FunctionTimeout - HostProfile.Functions.LongestDownload!.Value, TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1));
        Assert.InRange(HostProfile.Functions.LongestWait!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(220));
    }

    [Fact]
    public void Links_have_no_prefix() =>
        Assert.Equal("", HostJson.GetProperty("extensions").GetProperty("http").GetProperty("routePrefix").GetString());

    [Fact]
    public void A_function_that_fails_is_logged_by_the_host_once_and_not_hidden()
    {
        var levels = HostJson.GetProperty("logging").GetProperty("logLevel");
        Assert.Equal("None", levels.GetProperty("Host.Results").GetString());
        Assert.Equal("Information", levels.GetProperty("default").GetString());
        Assert.DoesNotContain(levels.EnumerateObject(), static level => level.Name.StartsWith("Function", StringComparison.Ordinal));

        // Without OpenTelemetry, the log category Host.Results would count requests.
        Assert.Equal("OpenTelemetry", HostJson.GetProperty("telemetryMode").GetString());
    }

    [Fact]
    public void Queues_are_read_as_the_core_writes_them()
    {
        var queues = HostJson.GetProperty("extensions").GetProperty("queues");
        Assert.Equal(QueueNames.MessageEncoding, queues.GetProperty("messageEncoding").GetString());
        Assert.Equal(QueueNames.MaxDequeueCount, queues.GetProperty("maxDequeueCount").GetInt32());
        Assert.Equal(QueueNames.VisibilityTimeout, Duration(queues, "visibilityTimeout"));
        Assert.Equal(CallbackWorker.Parallelism, queues.GetProperty("batchSize").GetInt32());
        Assert.InRange(queues.GetProperty("newBatchThreshold").GetInt32(), 0, CallbackWorker.Parallelism);
        Assert.InRange(Duration(queues, "maxPollingInterval"), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));
    }

    /// <summary>The platform starts one instance for each <c>batchSize</c> messages.</summary>
    [Fact]
    public void One_export_occupies_several_instances()
    {
        var batchSize = HostJson.GetProperty("extensions").GetProperty("queues").GetProperty("batchSize").GetInt32();
        Assert.InRange(ExportQueue.Window / batchSize, 8, 100);
    }

    [Fact]
    public void The_page_describes_every_function()
    {
        var page = Read("docs/functions.md");
        Assert.All([.. FunctionSources.Http.Select(static function => function.Name), .. FunctionSources.Queues.Select(static function => function.Name)],
            name => Assert.Matches($@"(?m)^\|(?: `\w+`)*? `{name}`", page));
        Assert.All(FunctionSources.Http.Where(static function => function.Level == "Function"),
            function => Assert.Matches($@"Only [^.]*`{function.Name}`[^.]* require a function key", page));
    }

    /// <summary>
    /// The attribute names no connection, which means the storage of the host. If a connection for callbacks is set, the app changes the trigger.
    /// </summary>
    [Fact]
    public void The_triggers_take_from_the_queues_that_the_core_fills() => Assert.Equal(
        [
            new("BuildExport", "BuildExport", $"{nameof(QueueNames)}.{nameof(QueueNames.Exports)}"),
            new("DeliverCallback", "DeliverCallback", $"{nameof(QueueNames)}.{nameof(QueueNames.Callbacks)}"),
            new("HandlePoisonCallback", "HandlePoisonCallback", $"{nameof(QueueNames)}.{nameof(QueueNames.PoisonCallbacks)}"),
            new("HandlePoisonExport", "HandlePoisonExport", $"{nameof(QueueNames)}.{nameof(QueueNames.PoisonExports)}"),
        ],
        FunctionSources.Queues);

    [Fact]
    public void The_sample_of_local_settings_works_unchanged()
    {
        var values = Parse("local.settings.sample.json").GetProperty("Values").EnumerateObject()
            .ToDictionary(value => value.Name, value => value.Value.GetString()!);

        var settings = SettingsReader.Read(SettingSource.FromEnvironment(values), HostProfile.Functions);

        Assert.Empty(settings.Warnings);
        Assert.Equal("dotnet-isolated", values["FUNCTIONS_WORKER_RUNTIME"]);
        Assert.Equal("true", values["AzureWebJobsDisableHomepage"]);
        Assert.All(values.Keys.Except(["FUNCTIONS_WORKER_RUNTIME", "AzureWebJobsStorage", "AzureWebJobsDisableHomepage"]), name => Assert.True(SettingTable.Names.Contains(name), name));
    }

    [Fact]
    public void The_solution_holds_the_app_and_its_tests()
    {
        Assert.Contains("Egress.Functions.csproj", Read("Egress.sln"), StringComparison.Ordinal);
        Assert.Contains("Egress.Functions.Tests.csproj", Read("Egress.sln"), StringComparison.Ordinal);
        Assert.Contains("Include=\"../../host.json\"", Read("src/Egress.Functions/Egress.Functions.csproj"), StringComparison.Ordinal);
    }

    private static TimeSpan Duration(JsonElement parent, string name) =>
        TimeSpan.Parse(parent.GetProperty(name).GetString()!, CultureInfo.InvariantCulture);

    private static string Read(string path) => File.ReadAllText(Path.Combine(RepositoryRoot.Path, path));

    private static JsonElement Parse(string path) => JsonElement.Parse(Read(path));
}
