def show_add_cookie(request):
    has_key = False
    if request.COOKIES.has_key('res'):
        print(request.COOKIES)
        res = request.COOKIES['res']
        has_key = True

    if has_key:
        response = render(request, 'booktest/add.html', {'res': res})
    else:
        response = render(request, 'booktest/add.html', {'res': 0})
        response.set_cookie('res', 0, expires=datetime.now()+timedelta(days=14))

    return response
