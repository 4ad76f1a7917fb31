// Writes the notices of the packages that a published project contains: dotnet run deploy/release/notices.cs -- src/Egress.Server NOTICES.txt
// It reads what NuGet restored, the host's extensions of a Functions app included. A package without any license ends it with a fault.
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

if (args is not [var project, var output])
{
    Console.Error.WriteLine("Usage: notices.cs PROJECT_FOLDER OUTPUT");
    return 2;
}

var restored = Directory.EnumerateFiles(Path.Combine(project, "obj"), "project.assets.json", SearchOption.AllDirectories)
    .Select(file => JsonDocument.Parse(File.ReadAllBytes(file)).RootElement).ToList();
var root = restored[0].GetProperty("packageFolders").EnumerateObject().First().Name;
var licenses = Path.Combine(Path.GetDirectoryName(Source())!, "licenses");
var text = new StringBuilder("This distribution contains the packages below, under the licenses that are named.\n");
var used = new SortedSet<string>(StringComparer.Ordinal);
var faults = new List<string>();
foreach (var (name, version) in restored.SelectMany(Packages).Distinct().OrderBy(package => package.Name, StringComparer.OrdinalIgnoreCase))
{
    Describe(name, version);
}

foreach (var license in used)
{
    text.Append($"\n{new string('=', 78)}\n{license}\n\n").Append(File.ReadAllText(Path.Combine(licenses, $"{license}.txt")));
}

faults.ForEach(Console.Error.WriteLine);
File.WriteAllText(output, text.ToString());
return faults.Count == 0 ? 0 : 1;

// Packages with assets that are published, and the runtime itself in what is self-contained.
IEnumerable<(string Name, string Version)> Packages(JsonElement assets)
{
    string[] groups = ["runtime", "native", "runtimeTargets"];
    foreach (var library in assets.GetProperty("targets").EnumerateObject().SelectMany(target => target.Value.EnumerateObject()))
    {
        var published = groups.Any(group =>
            library.Value.TryGetProperty(group, out var files) && files.EnumerateObject().Any(file => !file.Name.EndsWith("_._", StringComparison.Ordinal)));
        if (published && library.Value.GetProperty("type").GetString() == "package" && library.Name.Split('/') is [var name, var version])
        {
            yield return (name, version);
        }
    }

    foreach (var framework in assets.GetProperty("project").GetProperty("frameworks").EnumerateObject())
    {
        foreach (var pack in framework.Value.TryGetProperty("downloadDependencies", out var packs) ? packs.EnumerateArray() : default)
        {
            var name = pack.GetProperty("name").GetString()!;
            if (name.Contains(".App.Runtime.", StringComparison.Ordinal))
            {
                yield return (name, pack.GetProperty("version").GetString()!.Trim('[', ']').Split(',')[0]);
            }
        }
    }
}

void Describe(string name, string version)
{
    var folder = Path.Combine(root, name.ToLowerInvariant(), version.ToLowerInvariant());
    var metadata = XDocument.Load(Directory.EnumerateFiles(folder, "*.nuspec").Single()).Root!.Elements().Single(element => element.Name.LocalName == "metadata");
    string? Value(string element) => metadata.Elements().FirstOrDefault(child => child.Name.LocalName == element)?.Value.Trim();
    var license = metadata.Elements().FirstOrDefault(child => child.Name.LocalName == "license");
    var expression = license?.Attribute("type")?.Value == "expression" ? license.Value.Trim() : null;
    var address = Value("licenseUrl") is { } url && !url.Contains("deprecateLicenseUrl", StringComparison.Ordinal) ? url : null;
    var files = Directory.EnumerateFiles(folder)
        .Where(file => Regex.IsMatch(Path.GetFileName(file), "^(licen[sc]e|notice|copying|third-?party-?notices)", RegexOptions.IgnoreCase))
        .Concat(license?.Attribute("type")?.Value == "file" ? [Path.Combine(folder, license.Value.Trim().Replace('\\', '/'))] : [])
        .Distinct().Order().ToList();

    text.Append($"\n{new string('-', 78)}\n{name} {version}\n{Value("projectUrl")}\n{Value("copyright") ?? $"Copyright {Value("authors")}"}\nLicense: {expression ?? address ?? "below"}\n");
    if (!files.Any(file => !Path.GetFileName(file).StartsWith("third", StringComparison.OrdinalIgnoreCase)))
    {
        if (expression is not null && File.Exists(Path.Combine(licenses, $"{expression}.txt")))
        {
            used.Add(expression);
        }
        else if (expression is not null || address is null)
        {
            faults.Add($"{name} {version}: the license {expression ?? "of its own"} is in neither the package nor {licenses}.");
        }
    }

    files.ForEach(file => text.Append($"\n{File.ReadAllText(file).Trim()}\n"));
}

static string Source([System.Runtime.CompilerServices.CallerFilePath] string path = "") => path;
