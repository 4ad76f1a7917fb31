using System.Text.Json.Nodes;
using Egress.Callbacks;
using Microsoft.Azure.Functions.Worker.Core.FunctionMetadata;

namespace Egress.Functions;

/// <summary>
/// Sets the connection of the queue triggers: <c>CALLBACK_QUEUE_CONNECTION</c> if it is set, otherwise <c>AzureWebJobsStorage</c>. The attribute of a
/// trigger can name only one setting, so this class replaces that name.
/// </summary>
internal sealed class CallbackConnection(CallbackOptions options) : IFunctionMetadataTransformer
{
    /// <inheritdoc/>
    public string Name => nameof(CallbackConnection);

    /// <inheritdoc/>
    public void Transform(IList<IFunctionMetadata> original)
    {
        foreach (var bindings in original.Select(static function => function.RawBindings).OfType<IList<string>>())
        {
            for (var i = 0; i < bindings.Count; i++)
            {
                bindings[i] = Bind(bindings[i]);
            }
        }
    }

    private string Bind(string text)
    {
        var binding = JsonNode.Parse(text)!.AsObject();
        if ((string?)binding["type"] != "queueTrigger")
        {
            return text;
        }

        binding["connection"] = options.Azure!.ConnectionName;
        return binding.ToJsonString();
    }
}
