metadata description = 'Azure Front Door: profile and endpoint. Its route to the app is in front-door-route.bicep, because the app admits the profile by its id.'

@description('Tags of the resources.')
param tags object

@description('Suffix of the names.')
@minLength(3)
param suffix string

resource profile 'Microsoft.Cdn/profiles@2025-06-01' = {
  name: 'afd-${suffix}'
  location: 'global'
  tags: tags
  sku: {
    name: 'Standard_AzureFrontDoor'
  }
  properties: {
    // The longest time in seconds that Front Door can wait for the first byte.
    originResponseTimeoutSeconds: 240
  }
}

resource endpoint 'Microsoft.Cdn/profiles/afdEndpoints@2025-06-01' = {
  parent: profile
  name: 'fde-${suffix}'
  location: 'global'
  tags: tags
  properties: {
    enabledState: 'Enabled'
  }
}

@description('What the profile sends as X-Azure-FDID.')
output id string = profile.properties.frontDoorId

@description('Name of the profile.')
output name string = profile.name

@description('Name of the endpoint.')
output endpointName string = endpoint.name

@description('Address of the endpoint.')
output url string = 'https://${endpoint.properties.hostName}'
