using System.Globalization;
using Egress.Settings;
using Egress.TestKit;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace Egress.EndToEnd.Tests.Deployment;

/// <summary>Compares the Kubernetes manifests with the image, the settings and the routes.</summary>
public sealed class KubernetesTests
{
    private const string Folder = "deploy/kubernetes";

    private static readonly YamlNode Pod = Yaml.Read($"{Folder}/statefulset.yaml")["spec"]["template"]["spec"];
    private static readonly YamlNode Container = Assert.Single((YamlSequenceNode)Pod["containers"]);
    private static readonly YamlNode Settings = Yaml.Read($"{Folder}/settings.yaml")["data"];

    private static Dockerfile Image => Dockerfile.Read("Dockerfile");

    [Fact]
    public void Ports_and_volumes_are_those_of_the_image()
    {
        var port = Assert.Single((YamlSequenceNode)Container["ports"]);
        Assert.Equal(Image.Single("EXPOSE").Arguments, port["containerPort"].Text());
        Assert.Equal(port["name"].Text(), Assert.Single((YamlSequenceNode)Yaml.Read($"{Folder}/service.yaml")["spec"]["ports"])["targetPort"].Text());
        Assert.Equal(Image.Single("VOLUME").Arguments, Assert.Single((YamlSequenceNode)Container["volumeMounts"])["mountPath"].Text());
    }

    [Fact]
    public async Task Every_probe_and_the_scrape_request_what_the_server_answers()
    {
        var endpoint = Assert.Single((YamlSequenceNode)Yaml.Read($"{Folder}/pod-monitor.yaml")["spec"]["podMetricsEndpoints"]);
        var paths = new[] { "startupProbe", "livenessProbe", "readinessProbe" }.Select(probe => Container[probe]["httpGet"]).Append(endpoint).ToList();
        Assert.All(paths, probe => Assert.Equal(Container["ports"][0]["name"].Text(), probe["port"].Text()));
        Assert.Equal(["/health", "/health", "/ready", "/metrics"], paths.Select(probe => probe["path"].Text()));

        await using var server = await EgressServer.StartAsync();
        Assert.All(paths, probe => Assert.Equal(200, (int)server.Client.Send(
            new HttpRequestMessage(HttpMethod.Get, probe["path"].Text()), HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken).StatusCode));
    }

    [Fact]
    public void Settings_exist_are_valid_and_hold_no_secret()
    {
        var values = Settings.Pairs().ToDictionary(pair => pair.Key, pair => pair.Value.Text());
        Assert.All(values.Keys, name => Assert.True(SettingTable.Names.Contains(name), name));
        var secrets = SettingTable.Groups.SelectMany(group => group.Settings).Where(setting => setting.IsSecret).SelectMany(setting => setting.Names);
        Assert.Empty(secrets.Intersect(values.Keys));

        // The server starts with the values of the Secret that the page shows.
        values.Add("DB_URL", "postgres://egress:secret@postgres/egress");
        values.Add("SIGNING_SECRET", "signing-secret");
        values.Add("S3_ACCESS_KEY_ID", "key");
        values.Add("S3_SECRET_ACCESS_KEY", "secret");
        Assert.Empty(SettingsReader.Read(SettingSource.FromEnvironment(values), HostProfile.Server).Warnings);

        // Prometheus authenticates with two settings, which the server gets from the same Secret.
        var credentials = Yaml.Read($"{Folder}/pod-monitor.yaml")["spec"]["podMetricsEndpoints"][0]["basicAuth"];
        Assert.Equal(
            [("egress", "METRICS_USERNAME"), ("egress", "METRICS_PASSWORD")],
            new[] { "username", "password" }.Select(part => (credentials[part]["name"].Text(), credentials[part]["key"].Text())));
        Assert.Equal("egress", Container["envFrom"][1]["secretRef"]["name"].Text());
        Assert.All(new[] { "METRICS_USERNAME", "METRICS_PASSWORD" }, name => Assert.True(SettingTable.Names.Contains(name), name));
    }

    [Fact]
    public void Downloads_can_finish_before_a_pod_ends()
    {
        var pause = int.Parse(Container["lifecycle"]["preStop"]["sleep"]["seconds"].Text(), CultureInfo.InvariantCulture);
        var drain = GoDurationSeconds(Settings["SHUTDOWN_TIMEOUT"].Text()) + 5;
        Assert.True(pause + drain < int.Parse(Pod["terminationGracePeriodSeconds"].Text(), CultureInfo.InvariantCulture));
        Assert.Equal("1", Yaml.Read($"{Folder}/disruption-budget.yaml")["spec"]["maxUnavailable"].Text());
    }

    [Fact]
    public void The_server_has_no_rights_that_it_does_not_need()
    {
        var security = Container["securityContext"];
        Assert.Equal("true", security["readOnlyRootFilesystem"].Text());
        Assert.Equal("false", security["allowPrivilegeEscalation"].Text());
        Assert.Equal("ALL", Assert.Single((YamlSequenceNode)security["capabilities"]["drop"]).Text());
        Assert.Equal("true", Pod["securityContext"]["runAsNonRoot"].Text());
        Assert.Equal(Pod["securityContext"]["runAsUser"].Text(), Pod["securityContext"]["fsGroup"].Text());
        Assert.Equal("false", Pod["automountServiceAccountToken"].Text());
        Assert.NotNull(Container["resources"]["limits"].Find("memory")); // the default of TOTAL_BUFFER_MEMORY is a share of this limit
    }

    [Fact]
    public void Selectors_and_names_agree()
    {
        const string label = "app.kubernetes.io/name";
        var name = Yaml.Read($"{Folder}/statefulset.yaml")["spec"]["template"]["metadata"]["labels"][label].Text();
        YamlNode[] selectors =
        [
            Yaml.Read($"{Folder}/statefulset.yaml")["spec"]["selector"]["matchLabels"],
            Yaml.Read($"{Folder}/service.yaml")["spec"]["selector"],
            Yaml.Read($"{Folder}/disruption-budget.yaml")["spec"]["selector"]["matchLabels"],
            Yaml.Read($"{Folder}/pod-monitor.yaml")["spec"]["selector"]["matchLabels"],
            Pod["topologySpreadConstraints"][0]["labelSelector"]["matchLabels"],
        ];
        Assert.All(selectors, selector => Assert.Equal((label, name), (Assert.Single(selector.Pairs()).Key, Assert.Single(selector.Pairs()).Value.Text())));
        Assert.Equal(Yaml.Read($"{Folder}/settings.yaml")["metadata"]["name"].Text(), Container["envFrom"][0]["configMapRef"]["name"].Text());
        Assert.Equal(Yaml.Read($"{Folder}/service.yaml")["metadata"]["name"].Text(), Yaml.Read($"{Folder}/statefulset.yaml")["spec"]["serviceName"].Text());
    }

    private static double GoDurationSeconds(string text) =>
        Egress.Settings.Formats.GoDuration.TryParse(text, out var duration) ? duration.TotalSeconds : throw new FormatException(text);
}
